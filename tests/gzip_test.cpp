#include "core/data/gzip.h"

#include <gtest/gtest.h>

#include "tests/data_files.h"

namespace duet {
namespace {

std::string unpack(const std::string& packed, std::size_t size) {
  const Bytes in = to_bytes(packed);
  const Bytes out = gunzip(in.span(), size, "a.gz");
  return {out.span().begin(), out.span().end()};
}

std::string unpack_error(const std::string& packed, std::size_t size) {
  return error_of(ErrorKind::data, [&] { unpack(packed, size); });
}

// Packs neither to nothing nor not at all.
std::string some_text(std::size_t size) {
  std::string text;
  for (std::uint32_t state = 1; text.size() < size; state = state * 1664525 + 1013904223)
    text += static_cast<char>('a' + (state >> 28));
  return text;
}

TEST(Gunzip, UnpacksWhatZlibPacked) {
  for (const std::size_t size : {0, 1, 1000, 100'000, 5'000'000}) {
    const std::string text = some_text(size);
    EXPECT_TRUE(unpack(gzip(text), size) == text) << size;
  }
}

TEST(Gunzip, UnpacksSeveralMembersAndPadding) {
  EXPECT_EQ(unpack(gzip("hello ") + gzip("") + gzip("world"), 11), "hello world");
  EXPECT_EQ(unpack(gzip("hello") + std::string(512, '\0'), 5), "hello");
}

TEST(Gunzip, RefusesWhatIsCutAnywhere) {
  const std::string text = some_text(1000), packed = gzip(text);
  for (std::size_t size = 2; size < packed.size(); ++size)
    EXPECT_NE(unpack_error(packed.substr(0, size), text.size()), "") << size;
  EXPECT_EQ(unpack_error(packed.substr(0, packed.size() / 2), text.size()),
            "a.gz: its gzip data is damaged or cut off; get the file again");
}

TEST(Gunzip, RefusesADamagedChecksum) {
  std::string packed = gzip("hello world");
  packed[packed.size() - 8] ^= 1;  // the first byte of the CRC-32
  EXPECT_EQ(unpack_error(packed, 11), "a.gz: its gzip data is damaged or cut off; get the file again");
}

TEST(Gunzip, RefusesMoreAndLessThanAnnounced) {
  EXPECT_EQ(unpack_error(gzip("hello world"), 10),
            "a.gz: trailing bytes: it unpacks to more than the 10 bytes its header announces");
  EXPECT_EQ(unpack_error(gzip("hello world"), 12),
            "a.gz: truncated: its header announces 12 bytes, and there are 11");
  EXPECT_EQ(unpack_error(gzip("hello world") + "!", 11), "a.gz: 1 trailing bytes after its gzip data");
}

TEST(Gunzip, NeverAllocatesWhatCannotBeThere) {
  EXPECT_NE(
      unpack_error(gzip("hello world"), std::size_t{1} << 60).find("more than its 31 packed bytes can hold"),
      std::string::npos);
}

TEST(GunzipHead, SeesTheFirstBytesAlone) {
  const Bytes packed = to_bytes(gzip(some_text(100'000)));
  const auto head = gunzip_head(packed.span().first(2000), 16, "a.gz");  // the rest is not needed
  EXPECT_EQ(std::string(head.begin(), head.end()), some_text(16));
}

TEST(GunzipHead, JoinsMembersAndStopsAtTheEnd) {
  const Bytes packed = to_bytes(gzip("he") + gzip("llo"));
  const auto head = gunzip_head(packed.span(), 16, "a.gz");
  EXPECT_EQ(std::string(head.begin(), head.end()), "hello");
}

TEST(GunzipHead, RefusesDamage) {
  const Bytes packed = to_bytes(std::string("\x1f\x8b and nothing of gzip"));
  EXPECT_EQ(error_of(ErrorKind::data, [&] { gunzip_head(packed.span(), 16, "a.gz"); }),
            "a.gz: its gzip data is damaged or cut off; get the file again");
}

}  // namespace
}  // namespace duet
