#pragma once

#include <cstdlib>
#include <string>

namespace duet {

// The variable's value; empty where it is not set.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace duet
