#include "core/data/idx.h"

#include <gtest/gtest.h>

#include "tests/data_files.h"

namespace duet {
namespace {

std::string images_error(const std::string& file) {
  return error_of(ErrorKind::data, [&] { parse_idx(to_bytes(file), 3, "f"); });
}

std::string labels_error(const std::string& file) {
  return error_of(ErrorKind::data, [&] { parse_idx(to_bytes(file), 1, "f"); });
}

TEST(Idx, ReadsImagesPlainAndPacked) {
  const std::string file = idx_images(5, 3, 4);
  for (const std::string& stored : {file, gzip(file), gzip(file.substr(0, 9)) + gzip(file.substr(9))}) {
    const Images images = parse_idx_images(to_bytes(stored), "f");
    EXPECT_EQ(images.count, 5);
    EXPECT_EQ(images.height, 3);
    EXPECT_EQ(images.width, 4);
    ASSERT_EQ(images.pixels().size(), 60u);
    EXPECT_EQ(images.image(2)[1], (2 * 12 + 1) * 7 % 251);
    EXPECT_EQ(images.image(4)[11], 59 * 7 % 251);
  }
}

TEST(Idx, ReadsLabels) {
  const Idx labels = parse_idx(to_bytes(idx_labels("\x03\x01\x04")), 1, "f");
  EXPECT_EQ(labels.shape, (std::vector<int>{3}));
  EXPECT_EQ(std::vector<std::uint8_t>(labels.elements().begin(), labels.elements().end()),
            (std::vector<std::uint8_t>{3, 1, 4}));
}

TEST(Idx, RefusesAnotherMagic) {
  EXPECT_EQ(images_error("<!DOCTYPE html><html>"),
            "f: not an IDX file of images: it begins with 0x3c21444f, not 0x00000803");
  EXPECT_EQ(images_error(idx_labels("\x01\x02")),
            "f: not an IDX file of images: it begins with 0x00000801, not 0x00000803");
  EXPECT_EQ(labels_error(idx_images(1, 2, 2)),
            "f: not an IDX file of labels: it begins with 0x00000803, not 0x00000801");
  EXPECT_EQ(images_error(idx_header({1, 1, 1}, 0x0d) + "abcd"),
            "f: its elements are of type 0x0d; only unsigned bytes (0x08) are read");
}

TEST(Idx, RefusesWhatIsTooShortForAHeader) {
  EXPECT_EQ(images_error(""), "f: the file is empty");
  EXPECT_EQ(images_error(gzip("")), "f: the file is empty");
  EXPECT_EQ(images_error(idx_images(1, 2, 2).substr(0, 15)),
            "f: truncated: 15 bytes are less than an IDX header");
  EXPECT_EQ(images_error(std::string(2, '\0')), "f: truncated: 2 bytes are less than an IDX header");
}

TEST(Idx, RefusesEveryOtherSizeThanAnnounced) {
  const std::string file = idx_images(5, 3, 4);
  EXPECT_EQ(images_error(file.substr(0, 75)),
            "f: truncated: its header announces 76 bytes, and there are 75");
  EXPECT_EQ(images_error(file + "x"), "f: trailing bytes: its header announces 76 bytes, and there are 77");
  EXPECT_EQ(images_error(gzip(file.substr(0, 75))),
            "f: truncated: its header announces 76 bytes, and there are 75");
  EXPECT_EQ(images_error(gzip(file + "x")),
            "f: trailing bytes: it unpacks to more than the 76 bytes its header announces");
}

TEST(Idx, RefusesDimensionsBeyondReason) {
  EXPECT_EQ(images_error(idx_header({4294967295, 28, 28}) + "x"),
            "f: dimension 0 in its header is 4294967295, beyond the largest allowed, 2147483647");
  EXPECT_EQ(images_error(idx_header({1, 65536, 65536})),
            "f: its header announces images of 65536 x 65536 pixels, too large");
  EXPECT_EQ(images_error(idx_header({5, 0, 28})), "f: dimension 1 in its header is 0");
  EXPECT_EQ(labels_error(idx_header({0})), "f: dimension 0 in its header is 0");
  // The largest that is allowed: 2^62 bytes, which are compared, not allocated.
  const std::string largest = idx_header({2147483647, 1, 2147483647}) + "x";
  EXPECT_EQ(images_error(largest),
            "f: truncated: its header announces 4611686014132420625 bytes, and there are 17");
  EXPECT_NE(images_error(gzip(largest)).find("packed bytes can hold"), std::string::npos);
}

// Far more packed zeros than the header announces: refused at the announced size, whatever follows.
TEST(Idx, RefusesAGzipBomb) {
  std::string unpacked = idx_header({1, 28, 28});
  unpacked.resize(50'000'000);
  const std::string bomb = gzip(unpacked);
  EXPECT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(images_error(bomb),
            "f: trailing bytes: it unpacks to more than the 800 bytes its header announces");
}

}  // namespace
}  // namespace duet
