// The style sheets beside this file, as text of the program.
#pragma once

#include <string_view>

namespace duet {

extern const std::string_view chart_css, page_css;

}  // namespace duet
