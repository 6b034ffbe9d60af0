#include "core/data/idx.h"

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  for (const int dimensions : {1, 3}) {
    try_to([&] {
      const Idx idx = parse_idx(to_bytes(input), dimensions, "input");
      std::size_t elements = 1;
      for (const int length : idx.shape) elements *= static_cast<std::size_t>(length);
      require(idx.elements().size() == elements);
    });
  }
}

}  // namespace duet::fuzz
