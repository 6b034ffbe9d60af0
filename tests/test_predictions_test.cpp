// test_predictions.csv: written and read, and what is said of a damaged one.
#include "report/test_predictions.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

constexpr const char* header = "row,label,predicted,probability\n";

TEST(TestPredictions, AreOfTheirRows) {
  const std::uint8_t labels[] = {9, 9, 1, 2, 0};
  const Answer answers[] = {{1, 0.5F}, {0, 1}};
  EXPECT_EQ(to_csv(test_predictions({Part::train, 2, 2}, labels, answers)),
            std::string(header) + "2,1,1,0.5\n3,2,0,1\n");
}

TEST(TestPredictions, ComeBackBitForBit) {
  const ScratchFolder folder;
  std::vector<TestPrediction> written;
  for (int i = 0; i < 2000; ++i) {
    const auto probability = static_cast<float>((i + 1) / 2000.3);
    written.push_back(
        {.row = 3 * i, .label = i % 256, .predicted = (i + i / 256) % 256, .probability = probability});
  }
  write_text(folder / "file", to_csv(written));
  const std::vector<TestPrediction> read = read_test_predictions(folder / "file", 256);
  ASSERT_EQ(read.size(), written.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].row, written[i].row);
    EXPECT_EQ(read[i].label, written[i].label);
    EXPECT_EQ(read[i].predicted, written[i].predicted);
    EXPECT_EQ(read[i].probability, written[i].probability);
    EXPECT_EQ(read[i].right(), written[i].label == written[i].predicted);
  }
}

// Said without the file's name.
std::string fault_of(const std::string& text) {
  const ScratchFolder folder;
  write_text(folder / "file", text);
  try {
    read_test_predictions(folder / "file", 3);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    const std::string sentence = error.what(), name = (folder / "file").string();
    EXPECT_EQ(sentence.find(name), 0U) << sentence;
    return sentence.substr(name.size());
  }
  return "no error";
}

TEST(TestPredictions, WhatIsDamagedIsNamed) {
  const auto fault = [](const std::string& lines) { return fault_of(header + lines); };
  EXPECT_EQ(fault("0,1,2,0.5\n"), "no error");
  EXPECT_EQ(fault_of(""), " does not begin with the line row,label,predicted,probability");
  EXPECT_EQ(fault_of("row,label,predicted\n"),
            " does not begin with the line row,label,predicted,probability");
  EXPECT_EQ(fault(""), " holds no predictions");
  EXPECT_EQ(fault("0,1,2,0.5\n1,1,2,0.5"), ": line 3 is cut off");
  EXPECT_EQ(fault("0,1,2,0.5\n\n"), ": line 3 does not have 4 fields");
  EXPECT_EQ(fault("0,1,2\n"), ": line 2 does not have 4 fields");
  EXPECT_EQ(fault("0,1,2,0.5,1\n"), ": line 2 does not have 4 fields");
  EXPECT_EQ(fault("0,1,2,0.5\r\n"), ": line 2 holds something else than numbers");
  EXPECT_EQ(fault("0,1,2,nan\n"), ": line 2 holds something else than numbers");
  EXPECT_EQ(fault("0,1,,0.5\n"), ": line 2: predicted: '' is not a whole number");
  EXPECT_EQ(fault("0,1.5,0,0.5\n"), ": line 2: label: '1.5' is not a whole number");
  EXPECT_EQ(fault("-1,1,0,0.5\n"), ": line 2: row: -1 is out of range (0 to 2147483647)");
  EXPECT_EQ(fault("0,3,0,0.5\n"), ": line 2: label: 3 is out of range (0 to 2)");
  EXPECT_EQ(fault("0,0,3,0.5\n"), ": line 2: predicted: 3 is out of range (0 to 2)");
  EXPECT_EQ(fault("0,0,0,1.01\n"), ": line 2: probability: 1.01 is out of range (0 to 1)");
  EXPECT_EQ(fault("0,0,0,\n"), ": line 2: probability: '' is not a number");
  EXPECT_EQ(fault("4,0,0,1\n4,0,0,1\n"), ": line 3: row 4 does not come after row 4");
}

TEST(TestPredictions, AFileThatIsNotThere) {
  const ScratchFolder folder;
  EXPECT_THROW(read_test_predictions(folder / "file", 3), Error);
}

}  // namespace
}  // namespace duet
