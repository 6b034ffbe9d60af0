// PNG from SVG, by the helper program duet-rasterize.
#pragma once

#include <string_view>

#include "core/data/bytes.h"

namespace duet {

// On white, `scale` pixels a unit of the SVG. Throws Error(other): where the helper was not built, too.
Bytes rasterize(std::string_view svg, double scale);

}  // namespace duet
