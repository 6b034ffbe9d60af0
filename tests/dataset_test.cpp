// Parts that do not fit together, and what verification says of files.
#include "core/data/dataset.h"

#include <gtest/gtest.h>

#include "core/data/lookup.h"
#include "core/data/verify.h"
#include "tests/data_files.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

class DatasetTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& contents) { write_text(folder_ / name, contents); }
  DatasetLocation find() { return find_dataset(folder_.path()); }
  std::string load_error() {
    return error_of(ErrorKind::data, [&] { load_dataset(find()); });
  }
  void SetUp() override {
    write("train-images-idx3-ubyte", idx_images(3, 2, 2));
    write("train-labels-idx1-ubyte", idx_labels(std::string("\0\1\2", 3)));
    write("t10k-images-idx3-ubyte", idx_images(2, 2, 2));
    write("t10k-labels-idx1-ubyte", idx_labels(std::string("\0\1", 2)));
  }
  std::string path_of(const std::string& name) { return (folder_ / name).string(); }

  ScratchFolder folder_;
};

TEST_F(DatasetTest, LoadsBothParts) {
  const Dataset dataset = load_dataset(find());
  EXPECT_EQ(dataset.train.images.count, 3);
  EXPECT_EQ(dataset.test.images.count, 2);
  EXPECT_EQ(dataset.classes, 3);
  // sha256sum of the 11 bytes 00 00 08 01 00 00 00 03 00 01 02
  EXPECT_EQ(dataset.train.labels_file.sha256,
            "b42326e57648289720e40f7c6f074d678a6bb041e7d1157a777e375b9269c0f5");
}

TEST_F(DatasetTest, RefusesDifferentCounts) {
  write("train-labels-idx1-ubyte", idx_labels(std::string("\0\1", 2)));
  EXPECT_EQ(load_error(),
            fmt::format("{} has 2 labels, but {} has 3 images", path_of("train-labels-idx1-ubyte"),
                        path_of("train-images-idx3-ubyte")));
}

TEST_F(DatasetTest, RefusesDifferentShapes) {
  for (const auto& [height, width] : {std::pair{1, 2}, {2, 3}, {1, 4}}) {
    write("t10k-images-idx3-ubyte",
          idx_images(2, static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width)));
    EXPECT_EQ(load_error(), fmt::format("{} has images of 2 x 2 pixels, but {} of {} x {}",
                                        path_of("train-images-idx3-ubyte"), path_of("t10k-images-idx3-ubyte"),
                                        height, width));
  }
}

TEST_F(DatasetTest, RefusesALabelBeyondTheClasses) {
  write("t10k-labels-idx1-ubyte", idx_labels(std::string("\0\3", 2)));
  EXPECT_EQ(load_error(),
            path_of("t10k-labels-idx1-ubyte") + ": row 1 has label 3, beyond the 3 classes (0 to 2)");
}

TEST_F(DatasetTest, NamesNoFileOfDataThatWasMadeInMemory) {
  const LabelledImages part{.images = {}, .labels = {0, 7}, .images_file = {}, .labels_file = {}};
  EXPECT_EQ(error_of(ErrorKind::data, [&] { check_labels(part, 3); }),
            "row 1 has label 7, beyond the 3 classes (0 to 2)");
}

TEST_F(DatasetTest, NamesTheFileThatIsDamaged) {
  write("t10k-images-idx3-ubyte", idx_images(2, 2, 2).substr(0, 20));
  EXPECT_EQ(load_error(), path_of("t10k-images-idx3-ubyte") +
                              ": truncated: its header announces 24 bytes, and there are 20");
}

TEST_F(DatasetTest, VerifiesTheFormOfUnknownFiles) {
  EXPECT_TRUE(verify(find()).ok());
  EXPECT_EQ(verify(find()).dataset, nullptr);
  write("t10k-images-idx3-ubyte", idx_images(2, 2, 2).substr(0, 20));
  const Verification verification = verify(find());
  EXPECT_FALSE(verification.ok());
  EXPECT_EQ(
      verification.files[2].problem,
      path_of("t10k-images-idx3-ubyte") + ": truncated: its header announces 24 bytes, and there are 20");
}

TEST_F(DatasetTest, VerifiesThePartsThatThereAre) {
  for (const char* part : {"train", "t10k"}) {
    SetUp();
    std::filesystem::remove(path_of(fmt::format("{}-images-idx3-ubyte", part)));
    std::filesystem::remove(path_of(fmt::format("{}-labels-idx1-ubyte", part)));
    const Verification verification = verify(find());
    EXPECT_TRUE(verification.ok()) << part;
    EXPECT_EQ(verification.files.size(), 2u) << part;
  }
}

TEST_F(DatasetTest, VerifiesKnownFilesByTheirChecksums) {
  const Lookup real = look_up(*find_known("fashion-mnist"));
  if (!real.found) GTEST_SKIP() << "Fashion-MNIST was not found (Debian package dataset-fashion-mnist)";
  EXPECT_TRUE(verify(*real.found).ok());

  DatasetLocation damaged = *real.found;
  damaged.known = false;  // as a folder: recognized by its other files
  damaged.labels[1] = folder_ / "t10k-labels-idx1-ubyte";
  const Verification verification = verify(damaged);
  EXPECT_FALSE(verification.ok());
  ASSERT_NE(verification.dataset, nullptr);
  EXPECT_EQ(verification.dataset->name, "fashion-mnist");
  EXPECT_EQ(verification.files[0].problem, "");
  EXPECT_NE(verification.files[3].problem.find("its SHA-256 is"), std::string::npos);
}

}  // namespace
}  // namespace duet
