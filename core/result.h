// What one step found.
#pragma once

#include <cstdint>

namespace duet {

// The mean loss of its batch, and how many of its examples were classified rightly.
struct Result {
  float loss;
  std::uint32_t correct, seen;
};

}  // namespace duet
