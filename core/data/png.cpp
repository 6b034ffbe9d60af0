// PNG through libpng's simplified interface: every bit depth, palette and interlace comes out as 8-bit sRGB.
#include <png.h>

#include <limits>

#include "core/data/picture.h"
#include "core/error.h"

namespace duet {
namespace {

// Frees what libpng keeps between two calls.
class PngImage {
 public:
  PngImage() { image_.version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(&image_); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  png_image* operator->() { return &image_; }
  png_image* get() { return &image_; }

 private:
  png_image image_{};
};

}  // namespace

// Colours are read with their alpha and greyed by our own luma: libpng would grey them in linear light.
Picture decode_png(std::span<const std::uint8_t> bytes, std::string_view name) {
  PngImage image;
  if (!png_image_begin_read_from_memory(image.get(), bytes.data(), bytes.size()))
    fail(ErrorKind::data, "{}: a damaged PNG: {}", name, image->message);
  check_picture_size(image->height, image->width, name);
  Picture picture{static_cast<int>(image->height), static_cast<int>(image->width), {}};
  picture.grey.resize(static_cast<std::size_t>(image->height) * image->width);
  const bool grey_already = (image->format & (PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)) == 0;
  image->format = grey_already ? PNG_FORMAT_GRAY : PNG_FORMAT_RGBA;
  image->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  std::vector<std::uint8_t> colours(grey_already ? 0 : picture.grey.size() * 4);
  if (!png_image_finish_read(image.get(), nullptr, grey_already ? picture.grey.data() : colours.data(), 0,
                             nullptr))
    fail(ErrorKind::data, "{}: a damaged PNG: {}", name, image->message);
  for (std::size_t i = 0; i < colours.size() / 4; ++i) {
    const std::uint8_t* rgba = &colours[4 * i];
    const int alpha = rgba[3];
    picture.grey[i] = static_cast<std::uint8_t>(
        (luma(rgba[0], rgba[1], rgba[2]) * alpha + 255 * (255 - alpha) + 127) / 255);
  }
  return picture;
}

std::vector<std::uint8_t> encode_png(const Picture& picture) {
  PngImage image;
  image->height = static_cast<png_uint_32>(picture.height);
  image->width = static_cast<png_uint_32>(picture.width);
  image->format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(*image.get());
  std::vector<std::uint8_t> bytes(size);
  if (!png_image_write_to_memory(image.get(), bytes.data(), &size, 0, picture.grey.data(), 0, nullptr))
    fail(ErrorKind::other, "cannot make a PNG of {} x {} pixels: {}", picture.height, picture.width,
         image->message);
  bytes.resize(size);
  return bytes;
}

}  // namespace duet
