#include "tools/download.h"

namespace duet {

HelperAnswer download(const std::string& url, std::size_t most_bytes) {
  return run_helper({.name = "duet-fetch", .when_missing = "install Duet again"},
                    {url, std::to_string(most_bytes)}, "", most_bytes);
}

}  // namespace duet
