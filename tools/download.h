// Downloads by the helper program duet-fetch.
#pragma once

#include <cstddef>
#include <string>

#include "tools/helper_program.h"

namespace duet {

// At most `most_bytes`; progress is shown on the terminal. Throws Error(other) when the helper is not
// installed.
HelperAnswer download(const std::string& url, std::size_t most_bytes);

}  // namespace duet
