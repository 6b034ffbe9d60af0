// The first eight bytes are the size that the caller expects, the others what is packed.
#include "core/data/gzip.h"

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  const auto expected = take<std::uint64_t>(input);
  try_to([&] { require(gunzip(input, expected, "input").size() == expected); });
  try_to([&] { require(gunzip_head(input, 16, "input").size() <= 16); });
}

}  // namespace duet::fuzz
