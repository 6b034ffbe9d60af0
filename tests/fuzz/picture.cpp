#include "core/data/picture.h"

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  try_to([&] {
    Picture picture = decode_picture(input, "input");
    if (has_bright_corners(picture)) invert(picture);
    require(scale_by_area(picture, 28, 28).grey.size() == 28 * 28);
  });
}

}  // namespace duet::fuzz
