#include "core/data/split.h"

#include <gtest/gtest.h>

#include "tests/data_files.h"

namespace duet {
namespace {

Split train(int first, int count) { return {Part::train, first, count}; }

std::string split_error(const std::string& expression, int available = 60000) {
  return error_of(ErrorKind::usage, [&] { parse_split(expression, available, "--train"); });
}

TEST(Split, TakesRows) {
  EXPECT_EQ(parse_split("train", 60000, "--train"), train(0, 60000));
  EXPECT_EQ(parse_split("train[10000:]", 60000, "--train"), train(10000, 50000));
  EXPECT_EQ(parse_split("train[:10000]", 60000, "--train"), train(0, 10000));
  EXPECT_EQ(parse_split("train[7:8]", 60000, "--train"), train(7, 1));
  EXPECT_EQ(parse_split("train[:]", 60000, "--train"), train(0, 60000));
  EXPECT_EQ(parse_split("test[5:]", 10000, "--test"), (Split{Part::test, 5, 9995}));
}

TEST(Split, RoundsPercentagesToTheNearestRow) {
  EXPECT_EQ(parse_split("train[10%:20%]", 60000, "--train"), train(6000, 6000));
  EXPECT_EQ(parse_split("train[50%:]", 3, "--train"), train(2, 1));   // 1.5
  EXPECT_EQ(parse_split("train[:33%]", 10, "--train"), train(0, 3));  // 3.3
  EXPECT_EQ(parse_split("train[90%:100%]", 2'000'000'000, "--train"), train(1'800'000'000, 200'000'000));
  EXPECT_EQ(parse_split("train[10:50%]", 60000, "--train"), train(10, 29990));
}

TEST(Split, NeighbouringPercentagesShareNoRowAndLeaveNone) {
  for (const int available : {101, 997, 60000}) {
    int covered = 0;
    for (int percent = 0; percent < 100; ++percent) {
      const Split split =
          parse_split(fmt::format("train[{}%:{}%]", percent, percent + 1), available, "--train");
      EXPECT_EQ(split.first, covered);
      covered += split.count;
    }
    EXPECT_EQ(covered, available);
  }
}

TEST(Split, SaysWhatIsOutOfRangeOrEmpty) {
  EXPECT_EQ(split_error("train[70000:]"),
            "--train: 'train[70000:]' is out of range: train has 60000 examples");
  EXPECT_EQ(split_error("train[:60001]"),
            "--train: 'train[:60001]' is out of range: train has 60000 examples");
  EXPECT_EQ(split_error("train[5:5]"), "--train: 'train[5:5]' is empty: it goes from row 5 to row 5");
  EXPECT_EQ(split_error("train[9:3]"), "--train: 'train[9:3]' is empty: it goes from row 9 to row 3");
  EXPECT_EQ(split_error("train[60000:]"),
            "--train: 'train[60000:]' is empty: it goes from row 60000 to row 60000");
  EXPECT_EQ(split_error("train[:1%]", 10), "--train: 'train[:1%]' is empty: it goes from row 0 to row 0");
  EXPECT_EQ(split_error("train[:101%]"), "--train 'train[:101%]': 101 is out of range (0 to 100)");
  EXPECT_EQ(split_error("train[-1:]"), "--train 'train[-1:]': -1 is out of range (at least 0)");
  EXPECT_NE(split_error("train[99999999999999999999:]"), "");
}

TEST(Split, RefusesWhatIsMalformed) {
  for (const char* text : {"train[", "train[]", "train[5]", "train[1:2", "train[1:2]x", "train]1:2["})
    EXPECT_NE(split_error(text), "") << text;
  for (const char* text :
       {"train[1:2:3]", "train[ 1:2]", "train[a:]", "train[1.5:]", "train[%:]", "train[010:]"})
    EXPECT_NE(split_error(text), "") << text;
  EXPECT_EQ(
      split_error("train[5]"),
      "--train: 'train[5]' is not a split; write it as train, train[10000:], train[:10%] or train[100:200]");
}

TEST(Split, SuggestsThePartThatWasMeant) {
  EXPECT_EQ(split_error("trian[5:]"),
            "--train: 'trian[5:]' names no part of a data set; did you mean 'train[5:]'?");
  EXPECT_EQ(
      split_error("validation"),
      "--train: 'validation' names no part of a data set; write train or test, perhaps with a slice, as in "
      "train[10000:]");
  EXPECT_NE(split_error(""), "");
}

TEST(Split, TellsThePartWithoutTheData) {
  EXPECT_EQ(part_of("train[10000:]", "--train"), Part::train);
  EXPECT_EQ(part_of("test", "--test"), Part::test);
  EXPECT_EQ(part_of("test[:5%]", "--test"), Part::test);
  EXPECT_EQ(error_of(ErrorKind::usage, [] { part_of("tests", "--test"); }),
            "--test: 'tests' names no part of a data set; did you mean 'test'?");
  EXPECT_EQ(error_of(ErrorKind::usage, [] { part_of("test[x:]", "--test"); }),
            "--test 'test[x:]': 'x' is not a whole number");
}

TEST(Split, IsWrittenAsItCanBeRead) {
  EXPECT_EQ(to_string(train(10000, 50000)), "train[10000:60000]");
  EXPECT_EQ(parse_split(to_string(train(3, 4)), 10, "--train"), train(3, 4));
}

}  // namespace
}  // namespace duet
