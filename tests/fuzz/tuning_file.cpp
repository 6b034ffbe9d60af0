#include "tools/tuning_file.h"

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  const MemoryFile file(input);
  try_to([&] { read_tuned_products(file.path(), "NVIDIA H100"); });
}

}  // namespace duet::fuzz
