// PGM and PPM, as text (P2, P3) and binary (P5, P6), of at most 8 bits.
#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/data/picture.h"
#include "core/error.h"

namespace duet {
namespace {

class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  void skip(std::size_t count) { position_ += count; }
  std::size_t left() const { return bytes_.size() - position_; }
  std::uint8_t byte() { return bytes_[position_++]; }

  // A decimal number after white space and comments, which run from # to the end of the line.
  int number() {
    while (left() > 0 && (std::isspace(bytes_[position_]) || bytes_[position_] == '#')) {
      if (byte() != '#') continue;
      while (left() > 0 && bytes_[position_] != '\n') ++position_;
    }
    std::string digits;
    while (left() > 0 && std::isdigit(bytes_[position_]) && digits.size() < 10)
      digits += static_cast<char>(byte());
    int value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc())
      fail(ErrorKind::data, "{}: a damaged PGM or PPM: a number is missing or too large at byte {}", name_,
           position_);
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::string_view name_;
  std::size_t position_ = 0;
};

}  // namespace

Picture decode_pnm(std::span<const std::uint8_t> bytes, std::string_view name) {
  const char format = static_cast<char>(bytes[1]);
  if (format != '2' && format != '3' && format != '5' && format != '6')
    fail(ErrorKind::data, "{}: a picture of kind P{} cannot be read; PGM (P2, P5) and PPM (P3, P6) can", name,
         format);
  const bool colour = format == '3' || format == '6', text = format == '2' || format == '3';

  Reader reader(bytes, name);
  reader.skip(2);
  const int width = reader.number(), height = reader.number(), largest = reader.number();
  check_picture_size(height, width, name);
  if (largest < 1 || largest > 255)
    fail(ErrorKind::data, "{}: its largest value is {}; only pictures of 1 to 8 bits (1 to 255) are read",
         name, largest);
  const std::size_t samples = static_cast<std::size_t>(height) * width * (colour ? 3 : 1);
  // One white space before binary samples; a text sample takes two bytes, but for the last.
  if (!text) reader.skip(std::min<std::size_t>(1, reader.left()));
  if (reader.left() < (text ? 2 * samples - 1 : samples))
    fail(ErrorKind::data, "{}: truncated: {} x {} pixels do not fit in {} bytes", name, height, width,
         bytes.size());

  const auto sample = [&] {
    const int value = text ? reader.number() : reader.byte();
    return static_cast<std::uint8_t>((std::min(value, largest) * 255 + largest / 2) / largest);
  };
  Picture picture{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height) * width)};
  for (std::uint8_t& pixel : picture.grey) {
    const std::uint8_t first = sample();
    if (!colour) {
      pixel = first;
      continue;
    }
    const std::uint8_t green = sample(), blue = sample();
    pixel = luma(first, green, blue);
  }
  return picture;
}

}  // namespace duet
