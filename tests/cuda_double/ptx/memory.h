// Where the active lanes of a warp touch memory: found and checked, before a byte is moved.
#pragma once

#include <array>

#include "tests/cuda_double/machine/shadow.h"
#include "tests/cuda_double/ptx/warp.h"

namespace duet::cuda_double::ptx {

// Generic addresses of other memory than the device's. No pointer of a host can be like these.
constexpr Address window_bytes = Address{1} << 56;
constexpr Address window_of(Space space) {
  return space == Space::shared  ? window_bytes * 1
         : space == Space::local ? window_bytes * 2
         : space == Space::param ? window_bytes * 3
                                 : 0;
}
constexpr Space space_of(Address generic) {
  switch (generic / window_bytes) {
    case 1: return Space::shared;
    case 2: return Space::local;
    case 3: return Space::param;
    default: return Space::global;
  }
}

// For each active lane the double's own address of what it accesses; `base` is the register with the address.
std::array<std::byte*, warp_size> locate(Warp& warp, const Instruction& instruction, std::uint32_t base,
                                         AccessKind kind);

}  // namespace duet::cuda_double::ptx
