#include "core/data/idx.h"

#include <algorithm>
#include <climits>

#include "core/data/gzip.h"
#include "core/error.h"

namespace duet {
namespace {

constexpr std::uint32_t unsigned_bytes = 0x08;  // the element type, third byte of the file

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         bytes[3];
}

std::size_t header_size(int dimensions) { return 4 + 4 * static_cast<std::size_t>(dimensions); }

std::string_view contents(int dimensions) { return dimensions == 1 ? "labels" : "images"; }

void check_magic(std::uint32_t magic, int dimensions, std::string_view name) {
  const std::uint32_t expected = unsigned_bytes << 8 | static_cast<std::uint32_t>(dimensions);
  if (magic == expected) return;
  if (magic >> 16 == 0 && (magic >> 8 & 0xff) != unsigned_bytes)
    fail(ErrorKind::data, "{}: its elements are of type 0x{:02x}; only unsigned bytes (0x08) are read", name,
         magic >> 8 & 0xff);
  fail(ErrorKind::data, "{}: not an IDX file of {}: it begins with 0x{:08x}, not 0x{:08x}", name,
       contents(dimensions), magic, expected);
}

// The dimensions, none 0, of a product that fits: their number is at most 3 and the images of int pixels.
std::vector<int> parse_shape(std::span<const std::uint8_t> head, int dimensions, std::string_view name) {
  if (head.empty()) fail(ErrorKind::data, "{}: the file is empty", name);
  if (head.size() >= 4) check_magic(big_endian(head), dimensions, name);
  if (head.size() < header_size(dimensions))
    fail(ErrorKind::data, "{}: truncated: {} bytes are less than an IDX header", name, head.size());
  std::vector<int> shape;
  for (int i = 0; i < dimensions; ++i) {
    const std::uint32_t dimension = big_endian(head.subspan(header_size(i)));
    if (dimension == 0) fail(ErrorKind::data, "{}: dimension {} in its header is 0", name, i);
    if (dimension > INT_MAX)
      fail(ErrorKind::data, "{}: dimension {} in its header is {}, beyond the largest allowed, {}", name, i,
           dimension, INT_MAX);
    shape.push_back(static_cast<int>(dimension));
  }
  if (dimensions == 3 && std::int64_t{shape[1]} * shape[2] > INT_MAX)
    fail(ErrorKind::data, "{}: its header announces images of {} x {} pixels, too large", name, shape[1],
         shape[2]);
  return shape;
}

// At most 2^31 images of at most 2^31 pixels each: no overflow.
std::size_t file_size(const std::vector<int>& shape) {
  std::size_t elements = 1;
  for (const int dimension : shape) elements *= static_cast<std::size_t>(dimension);
  return header_size(static_cast<int>(shape.size())) + elements;
}

}  // namespace

Idx parse_idx(Bytes file, int dimensions, std::string_view name) {
  Idx idx;
  idx.offset = header_size(dimensions);
  if (is_gzip(file.span())) {
    idx.shape = parse_shape(gunzip_head(file.span(), idx.offset, name), dimensions, name);
    idx.storage = gunzip(file.span(), file_size(idx.shape), name);
    return idx;
  }
  idx.shape = parse_shape(file.span().first(std::min(file.size(), idx.offset)), dimensions, name);
  const std::size_t size = file_size(idx.shape);
  if (file.size() != size)
    fail(ErrorKind::data, "{}: {}: its header announces {} bytes, and there are {}", name,
         file.size() < size ? "truncated" : "trailing bytes", size, file.size());
  idx.storage = std::move(file);
  return idx;
}

Images parse_idx_images(Bytes file, std::string_view name) {
  Idx idx = parse_idx(std::move(file), 3, name);
  Images images;
  images.count = idx.shape[0];
  images.height = idx.shape[1];
  images.width = idx.shape[2];
  images.storage = std::move(idx.storage);
  images.offset = idx.offset;
  return images;
}

}  // namespace duet
