#include "tools/rasterize.h"

#include <fmt/format.h>

#include "core/error.h"
#include "tools/helper_program.h"

namespace duet {

Bytes rasterize(std::string_view svg, double scale) {
  constexpr std::size_t most_bytes = std::size_t{1} << 30;
  HelperAnswer answer = run_helper(
      {.name = "duet-rasterize",
       .when_missing = "it makes PNG from SVG: install the Debian package librsvg2-dev and build Duet again"},
      {fmt::format("{}", scale)}, svg, most_bytes);
  if (!answer.reason.empty()) fail(ErrorKind::other, "a picture cannot be made: {}", answer.reason);
  return std::move(answer.bytes);
}

}  // namespace duet
