// Pictures that are put together here byte by byte, but for JPEGs, which libjpeg packs.
#include "core/data/picture.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>

#include <jpeglib.h>

#include <cstdlib>
#include <numeric>

#include "tests/data_files.h"

namespace duet {
namespace {

using Grey = std::vector<std::uint8_t>;

Picture decode(const std::string& file) { return decode_picture(to_bytes(file).span(), "f"); }

std::string decode_error(const std::string& file) {
  return error_of(ErrorKind::data, [&] { decode(file); });
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const Bytes body = to_bytes(type + data);
  const auto crc = crc32(0, body.data(), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + type + data +
         big_endian(static_cast<std::uint32_t>(crc));
}

struct PngHeader {
  std::uint32_t width, height;
  char depth = 8, colour = 0;  // 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
};

// `rows` are those of the format, each behind its filter byte; `extra` are chunks before the data.
std::string png(const PngHeader& header, const std::string& rows, const std::string& extra = "") {
  const Bytes in = to_bytes(rows);
  Bytes packed(compressBound(in.size()));
  uLongf size = packed.size();
  compress(packed.data(), &size, in.data(), in.size());
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR", big_endian(header.width) + big_endian(header.height) +
                               std::string{header.depth, header.colour, 0, 0, 0}) +
         extra + png_chunk("IDAT", std::string(packed.data(), packed.data() + size)) + png_chunk("IEND", "");
}

std::string jpeg(int height, int width, int channels, const Grey& samples) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &out, &size);
  info.image_height = static_cast<JDIMENSION>(height);
  info.image_width = static_cast<JDIMENSION>(width);
  info.input_components = channels;
  info.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  Grey copy = samples;
  for (int y = 0; y < height; ++y) {
    JSAMPROW row = copy.data() + static_cast<std::size_t>(y) * width * channels;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string file(out, out + size);
  jpeg_destroy_compress(&info);
  std::free(out);
  return file;
}

// A progressive JPEG of one block, put together by the specification (ITU T.81): each scan says that the
// block ends. Without the mean, which would be a scan of another kind, it is middle grey.
std::string progressive_jpeg(int scans) {
  const auto segment = [](const char* marker, const std::string& body) {
    return marker + big_endian(static_cast<std::uint32_t>(body.size() + 2)).substr(2) + body;
  };
  const std::string one_code =
      std::string("\x10\x01", 2) + std::string(16, '\0');  // '0', for the end of a block
  std::string file = "\xff\xd8" + segment("\xff\xdb", '\0' + std::string(64, '\1')) +
                     segment("\xff\xc2", std::string("\x08\0\x08\0\x08\1\1\x11\0", 9)) +
                     segment("\xff\xc4", one_code);
  for (int i = 0; i < scans; ++i)
    file += segment("\xff\xda", std::string("\1\1\0\1\x3f\0", 6)) + '\x7f';  // '0', and ones to fill up
  return file + "\xff\xd9";
}

TEST(Luma, IsThatOfRec601) {
  EXPECT_EQ(luma(255, 255, 255), 255);
  EXPECT_EQ(luma(0, 0, 0), 0);
  EXPECT_EQ(luma(255, 0, 0), 76);   // 0.299
  EXPECT_EQ(luma(0, 255, 0), 150);  // 0.587
  EXPECT_EQ(luma(0, 0, 255), 29);   // 0.114
}

TEST(Png, KeepsGreyAsItIs) {
  const Picture picture = decode(png({3, 2}, std::string("\0\x01\x80\xff\0\x02\x03\x04", 8)));
  EXPECT_EQ(picture.height, 2);
  EXPECT_EQ(picture.width, 3);
  EXPECT_EQ(picture.grey, (Grey{1, 128, 255, 2, 3, 4}));
}

TEST(Png, ReadsFewBitsAndPalettes) {
  EXPECT_EQ(decode(png({4, 1, 1}, std::string("\0\xa0", 2))).grey, (Grey{255, 0, 255, 0}));
  EXPECT_EQ(decode(png({2, 1, 4}, std::string("\0\x1f", 2))).grey, (Grey{17, 255}));
  const std::string palette = png_chunk("PLTE", std::string("\xff\0\0\x05\x05\x05", 6));
  EXPECT_EQ(decode(png({2, 1, 8, 3}, std::string("\0\0\1", 3), palette)).grey, (Grey{76, 5}));
}

TEST(Png, ReadsSixteenBits) {
  EXPECT_EQ(decode(png({2, 1, 16}, std::string("\0\x80\x80\xff\xff", 5))).grey, (Grey{128, 255}));
}

TEST(Png, GreysColours) {
  EXPECT_EQ(decode(png({3, 1, 8, 2}, std::string("\0\xff\0\0\0\xff\0\0\0\xff", 10))).grey,
            (Grey{76, 150, 29}));
}

TEST(Png, LaysWhatIsTransparentOnWhite) {
  EXPECT_EQ(decode(png({3, 1, 8, 4}, std::string("\0\0\0\0\xff\0\x80", 7))).grey, (Grey{255, 0, 127}));
  EXPECT_EQ(decode(png({2, 1, 8, 6}, std::string("\0\xff\0\0\xff\1\2\3\0", 9))).grey, (Grey{76, 255}));
}

TEST(Png, IsReadBackAsWritten) {
  Picture picture{3, 5, Grey(15)};
  std::iota(picture.grey.begin(), picture.grey.end(), std::uint8_t{100});
  const auto file = encode_png(picture);
  const Picture again = decode_picture(file, "f");
  EXPECT_EQ(again.height, 3);
  EXPECT_EQ(again.width, 5);
  EXPECT_EQ(again.grey, picture.grey);
}

TEST(Png, RefusesDamage) {
  const std::string file = png({3, 2}, std::string("\0\x01\x80\xff\0\x02\x03\x04", 8));
  for (std::size_t size = 4; size < file.size() - 12; ++size)  // the last 12 bytes say only that it ends
    EXPECT_EQ(decode_error(file.substr(0, size)).rfind("f: a damaged PNG: ", 0), 0u) << size;
  std::string flipped = file;
  flipped[file.size() - 20] ^= 1;  // within the checksum of the data
  EXPECT_NE(decode_error(flipped), "");
}

TEST(Png, RefusesWhatIsTooLarge) {
  EXPECT_EQ(decode_error(png({60000, 60000}, "")),
            "f: a picture of 60000 x 60000 pixels is too large; at most 67 million are read");
}

TEST(Jpeg, ReadsGrey) {
  Grey ramp(16 * 24);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::uint8_t>(i % 24 * 10);
  const Picture picture = decode(jpeg(16, 24, 1, ramp));
  ASSERT_EQ(picture.height, 16);
  ASSERT_EQ(picture.width, 24);
  for (std::size_t i = 0; i < ramp.size(); ++i) EXPECT_NEAR(picture.grey[i], ramp[i], 2);
}

TEST(Jpeg, GreysColoursByTheSameLuma) {
  Grey red;
  for (int i = 0; i < 64; ++i) red.insert(red.end(), {200, 40, 90});
  const Picture picture = decode(jpeg(8, 8, 3, red));
  for (const std::uint8_t pixel : picture.grey) EXPECT_NEAR(pixel, luma(200, 40, 90), 2);
}

TEST(Jpeg, SaysThatCmykIsNotRead) {
  EXPECT_EQ(decode_error(jpeg(8, 8, 4, Grey(8 * 8 * 4, 99))),
            "f: a JPEG in CMYK, the colours of print, cannot be read; convert it to RGB");
}

// Each of them goes over the whole picture, however few bytes it has.
TEST(Jpeg, RefusesMoreScansThanAnyProgramWrites) {
  EXPECT_EQ(decode(progressive_jpeg(100)).grey, Grey(64, 128));
  EXPECT_EQ(decode_error(progressive_jpeg(101)), "f: a damaged JPEG: it has more than 100 scans");
}

TEST(Jpeg, RefusesDamage) {
  Grey noise(32 * 32);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::uint8_t>(i * i % 251);
  const std::string file = jpeg(32, 32, 1, noise);
  for (std::size_t size = 3; size < file.size(); ++size)
    EXPECT_EQ(decode_error(file.substr(0, size)).rfind("f: a damaged JPEG: ", 0), 0u) << size;
  const std::string end = "\xff\xd9";  // the marker that says that all is there
  EXPECT_EQ(decode_error(file.substr(0, file.size() / 2) + end).rfind("f: a damaged JPEG: ", 0), 0u);
}

TEST(Pnm, ReadsTextAndBinary) {
  EXPECT_EQ(decode("P5 3 1 255\n\x01\x02\xff").grey, (Grey{1, 2, 255}));
  EXPECT_EQ(decode("P2\n# drawn by hand\n3 1\n255\n1 2 255\n").grey, (Grey{1, 2, 255}));
  EXPECT_EQ(decode("P6\n2 1\n255\n\xff" + std::string("\0\0\5\5\5", 5)).grey, (Grey{76, 5}));
  EXPECT_EQ(decode("P3 1 2 255 0 255 0 # green\n0 0 255").grey, (Grey{150, 29}));
  EXPECT_EQ(decode("P2 4 1 15 0 1 15 99").grey, (Grey{0, 17, 255, 255}));
}

TEST(Pnm, RefusesDamage) {
  EXPECT_EQ(decode_error("P5 3 1 255\nab"), "f: truncated: 1 x 3 pixels do not fit in 13 bytes");
  EXPECT_EQ(decode_error("P5 3"), "f: a damaged PGM or PPM: a number is missing or too large at byte 4");
  EXPECT_NE(decode_error("P2 3 1 255 1 2 x"), "");
  EXPECT_NE(decode_error("P2 3 1 255 1 2 -3"), "");
  EXPECT_EQ(decode_error("P5 1 1 65535\nab"),
            "f: its largest value is 65535; only pictures of 1 to 8 bits (1 to 255) are read");
  EXPECT_EQ(decode_error("P5 0 5 255\n"), "f: a picture of 5 x 0 pixels is empty");
  EXPECT_EQ(decode_error("P5 99999 99999 255\n"),
            "f: a picture of 99999 x 99999 pixels is too large; at most 67 million are read");
  EXPECT_EQ(decode_error("P5 9999999999 1 255\n"),
            "f: a damaged PGM or PPM: a number is missing or too large at byte 13");
  EXPECT_EQ(decode_error("P4 8 1\nx"),
            "f: a picture of kind P4 cannot be read; PGM (P2, P5) and PPM (P3, P6) can");
}

TEST(Picture, TellsKindsApart) {
  const auto kind = [](const std::string& bytes) { return kind_of(to_bytes(bytes).span()); };
  EXPECT_EQ(kind(idx_images(1, 1, 1)), FileKind::idx);
  EXPECT_EQ(kind(gzip("x")), FileKind::gzip);
  EXPECT_EQ(kind(png({1, 1}, std::string(2, '\0'))), FileKind::png);
  EXPECT_EQ(kind(jpeg(1, 1, 1, {0})), FileKind::jpeg);
  EXPECT_EQ(kind("P5 1 1 255 x"), FileKind::pnm);
  EXPECT_EQ(kind("GIF89a"), FileKind::unknown);
  EXPECT_EQ(kind(""), FileKind::unknown);
  EXPECT_EQ(decode_error("GIF89a"), "f: not a picture that can be read: PNG, JPEG, PGM or PPM");
  EXPECT_EQ(decode_error(""), "f: the file is empty");
}

// The mean of an area, the slow way: every pixel repeated until both sizes divide the common one.
Grey scale_slowly(const Picture& picture, int height, int width) {
  const int tall = std::lcm(picture.height, height), wide = std::lcm(picture.width, width);
  std::vector<double> sums(static_cast<std::size_t>(height) * width);
  for (int y = 0; y < tall; ++y)
    for (int x = 0; x < wide; ++x)
      sums[static_cast<std::size_t>(y / (tall / height)) * width + x / (wide / width)] +=
          picture.grey[static_cast<std::size_t>(y / (tall / picture.height)) * picture.width +
                       x / (wide / picture.width)];
  Grey grey;
  for (const double sum : sums)
    grey.push_back(static_cast<std::uint8_t>(std::lround(sum * height * width / tall / wide)));
  return grey;
}

TEST(ScaleByArea, IsTheMeanOfTheAreaThatEachPixelCovers) {
  for (const auto& [height, width] : {std::pair{56, 56}, {28, 28}, {30, 41}, {7, 11}, {1, 1}, {100, 3}}) {
    Picture picture{height, width, Grey(static_cast<std::size_t>(height) * width)};
    for (std::size_t i = 0; i < picture.grey.size(); ++i)
      picture.grey[i] = static_cast<std::uint8_t>(i * 37 % 256);
    const Picture scaled = scale_by_area(picture, 28, 28);
    ASSERT_EQ(scaled.grey.size(), 784u);
    const Grey expected = scale_slowly(picture, 28, 28);
    for (std::size_t i = 0; i < 784; ++i)
      EXPECT_NEAR(scaled.grey[i], expected[i], 1) << height << " x " << width;
  }
}

TEST(ScaleByArea, ChangesNothingOfOneColourOrTheSameSize) {
  const Picture white{31, 17, Grey(31 * 17, 255)};
  EXPECT_EQ(scale_by_area(white, 28, 28).grey, Grey(784, 255));
  const Picture picture{1, 3, {5, 6, 7}};
  EXPECT_EQ(scale_by_area(picture, 1, 3).grey, picture.grey);
}

TEST(Picture, InvertsAndLooksAtItsCorners) {
  Picture paper{3, 3, {250, 0, 250, 0, 0, 0, 250, 0, 250}};
  EXPECT_TRUE(has_bright_corners(paper));
  invert(paper);
  EXPECT_EQ(paper.grey, (Grey{5, 255, 5, 255, 255, 255, 5, 255, 5}));
  EXPECT_FALSE(has_bright_corners(paper));
}

}  // namespace
}  // namespace duet
