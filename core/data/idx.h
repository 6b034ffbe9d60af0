// The IDX format of MNIST: two zero bytes, the type of the elements, the number of dimensions, each dimension
// as a big-endian 32-bit number, then the elements. Only unsigned bytes are read: images (3 dimensions),
// labels (1).
#pragma once

#include <string_view>
#include <vector>

#include "core/data/bytes.h"
#include "core/data/dataset.h"

namespace duet {

struct Idx {
  std::vector<int> shape;  // images: count, height, width; labels: count; none is 0
  Bytes storage;           // the whole file, unpacked
  std::size_t offset = 0;  // of the first element in storage
  std::span<const std::uint8_t> elements() const { return storage.span().subspan(offset); }
};

// `file` is a whole IDX file, plain or packed by gzip; `name` stands for it in errors. Throws Error(data)
// unless its header is one of so many dimensions and agrees with its size to the byte.
Idx parse_idx(Bytes file, int dimensions, std::string_view name);

// Images alone, as for prediction.
Images parse_idx_images(Bytes file, std::string_view name);

}  // namespace duet
