#include "core/model/description.h"

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  try_to([&] {
    const std::string text = describe(parse_description(std::string(to_text(input))));
    require(describe(parse_description(text)) == text);
  });
}

}  // namespace duet::fuzz
