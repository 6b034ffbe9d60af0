// Pictures of the user's own, made into what a model trained on grey images takes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace duet {

struct Picture {
  int height = 0, width = 0;
  std::vector<std::uint8_t> grey;  // (height, width); 0 is black
};

enum class FileKind { unknown, idx, gzip, png, jpeg, pnm };
FileKind kind_of(std::span<const std::uint8_t> bytes);  // by its first bytes

// Larger pictures are refused, whatever a few compressed bytes announce: 256 MB in colour.
constexpr std::int64_t most_picture_pixels = std::int64_t{1} << 26;

// PNG, JPEG, PGM or PPM. Colour becomes its Rec. 601 luma; what is transparent is laid on white, as viewers
// show it. `name` stands for the file in errors. Throws Error(data): damaged, too large, or none of these.
Picture decode_picture(std::span<const std::uint8_t> bytes, std::string_view name);

// Each new pixel is the mean of the area that it covers.
Picture scale_by_area(const Picture& picture, int height, int width);

// Dark ink on light paper becomes light ink on dark, as in MNIST.
void invert(Picture& picture);

// True where the paper seems to be light: the mean of the four corners is more than half of white.
bool has_bright_corners(const Picture& picture);

// The one formula for grey, Rec. 601 in 16-bit fixed point, rounded to nearest.
constexpr std::uint8_t luma(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595u * red + 38470u * green + 7471u * blue + 32768u) >> 16);
}

// One function a format; decode_picture chooses.
Picture decode_png(std::span<const std::uint8_t> bytes, std::string_view name);
Picture decode_jpeg(std::span<const std::uint8_t> bytes, std::string_view name);
Picture decode_pnm(std::span<const std::uint8_t> bytes, std::string_view name);
void check_picture_size(std::int64_t height, std::int64_t width, std::string_view name);

std::vector<std::uint8_t> encode_png(const Picture& picture);

}  // namespace duet
