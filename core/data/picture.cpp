#include "core/data/picture.h"

#include <algorithm>
#include <cmath>

#include "core/data/gzip.h"
#include "core/error.h"

namespace duet {
namespace {

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

// Along one axis: new element i is a weighted sum of old ones from `first` on.
struct Coverage {
  int first;
  std::vector<float> weights;  // their sum is 1
};

std::vector<Coverage> coverages(int from, int to) {
  std::vector<Coverage> all;
  const double ratio = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double low = i * ratio, high = (i + 1) * ratio;
    Coverage coverage{static_cast<int>(low), {}};
    for (int j = coverage.first; j < from && j < high; ++j)
      coverage.weights.push_back(
          static_cast<float>((std::min(high, j + 1.0) - std::max<double>(low, j)) / ratio));
    all.push_back(std::move(coverage));
  }
  return all;
}

}  // namespace

FileKind kind_of(std::span<const std::uint8_t> bytes) {
  if (is_gzip(bytes)) return FileKind::gzip;
  if (begins_with(bytes, "\x89PNG")) return FileKind::png;
  if (begins_with(bytes, "\xff\xd8\xff")) return FileKind::jpeg;
  if (bytes.size() >= 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7') return FileKind::pnm;
  if (bytes.size() >= 2 && bytes[0] == 0 && bytes[1] == 0) return FileKind::idx;
  return FileKind::unknown;
}

Picture decode_picture(std::span<const std::uint8_t> bytes, std::string_view name) {
  switch (kind_of(bytes)) {
    case FileKind::png: return decode_png(bytes, name);
    case FileKind::jpeg: return decode_jpeg(bytes, name);
    case FileKind::pnm: return decode_pnm(bytes, name);
    default: break;
  }
  if (bytes.empty()) fail(ErrorKind::data, "{}: the file is empty", name);
  fail(ErrorKind::data, "{}: not a picture that can be read: PNG, JPEG, PGM or PPM", name);
}

void check_picture_size(std::int64_t height, std::int64_t width, std::string_view name) {
  if (height <= 0 || width <= 0)
    fail(ErrorKind::data, "{}: a picture of {} x {} pixels is empty", name, height, width);
  if (height > most_picture_pixels / width)
    fail(ErrorKind::data, "{}: a picture of {} x {} pixels is too large; at most {} million are read", name,
         height, width, most_picture_pixels / 1'000'000);
}

Picture scale_by_area(const Picture& picture, int height, int width) {
  if (picture.height == height && picture.width == width) return picture;
  const std::vector<Coverage> rows = coverages(picture.height, height),
                              columns = coverages(picture.width, width);
  Picture scaled{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height) * width)};
  std::vector<float> sums(static_cast<std::size_t>(picture.width));  // a new row at the old width
  auto out = scaled.grey.begin();
  for (const Coverage& row : rows) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (std::size_t j = 0; j < row.weights.size(); ++j) {
      const std::uint8_t* old =
          picture.grey.data() + (row.first + j) * static_cast<std::size_t>(picture.width);
      for (std::size_t x = 0; x < sums.size(); ++x) sums[x] += row.weights[j] * old[x];
    }
    for (const Coverage& column : columns) {
      float sum = 0;
      for (std::size_t j = 0; j < column.weights.size(); ++j)
        sum += column.weights[j] * sums[column.first + j];
      *out++ = static_cast<std::uint8_t>(std::lround(std::min(sum, 255.0f)));
    }
  }
  return scaled;
}

void invert(Picture& picture) {
  for (std::uint8_t& pixel : picture.grey) pixel = static_cast<std::uint8_t>(255 - pixel);
}

bool has_bright_corners(const Picture& picture) {
  const std::size_t last_row = static_cast<std::size_t>(picture.height - 1) * picture.width;
  const std::vector<std::uint8_t>& grey = picture.grey;
  return grey[0] + grey[picture.width - 1] + grey[last_row] + grey[last_row + picture.width - 1] > 4 * 127;
}

}  // namespace duet
