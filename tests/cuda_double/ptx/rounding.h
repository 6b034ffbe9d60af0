// Directions in which a float is rounded.
#pragma once

#include <cfenv>

#include "tests/cuda_double/ptx/line.h"
#include "tests/cuda_double/ptx/warp.h"

namespace duet::cuda_double::ptx {

class RoundingScope {
 public:
  explicit RoundingScope(int direction) : before_(std::fegetround()) { std::fesetround(direction); }
  ~RoundingScope() { std::fesetround(before_); }
  RoundingScope(const RoundingScope&) = delete;
  RoundingScope& operator=(const RoundingScope&) = delete;

 private:
  int before_;
};

// The same instruction, its results rounded to the nearest, or as instruction.value says.
template <Run run>
void rounded(Warp& warp, const Instruction& instruction) {
  const RoundingScope scope(static_cast<int>(instruction.value));
  run(warp, instruction);
}

// Of the modifiers .rn, .rz, .rm, .rp; to the nearest without one.
inline int take_rounding(Line& line) {
  for (const auto& [name, direction] :
       {std::pair{"rn", FE_TONEAREST}, {"rz", FE_TOWARDZERO}, {"rm", FE_DOWNWARD}, {"rp", FE_UPWARD}}) {
    if (line.take(name)) return direction;
  }
  return FE_TONEAREST;
}

}  // namespace duet::cuda_double::ptx
