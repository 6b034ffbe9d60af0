// The first four bytes say how many examples there are, the others are the expression.
#include "core/data/split.h"

#include <limits>

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  const auto available = static_cast<int>(take<std::uint32_t>(input) & std::numeric_limits<int>::max());
  const std::string_view expression = to_text(input);
  try_to([&] { part_of(expression, "--train"); });
  try_to([&] {
    const Split split = parse_split(expression, available, "--train");
    require(split.first >= 0 && split.count > 0 && split.count <= available - split.first);
    require(parse_split(to_string(split), available, "--train") == split);
  });
}

}  // namespace duet::fuzz
