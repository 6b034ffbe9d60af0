// Downloads by the helper program duet-fetch.
#pragma once

#include <cstddef>
#include <string>

#include "core/data/bytes.h"

namespace duet {

struct Download {
  Bytes bytes;
  std::string reason;  // why there are none; empty when it went well
};

// At most `most_bytes`; progress is shown on the terminal. Throws Error(other) when the helper is not
// installed.
Download download(const std::string& url, std::size_t most_bytes);

}  // namespace duet
