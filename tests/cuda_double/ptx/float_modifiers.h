// .ftz and .sat, which many instructions of floats have.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

namespace duet::cuda_double::ptx {

// .ftz: subnormal numbers are zeros, as operands and as results. Of single precision only.
template <class T>
T flushed(T value) {
  if constexpr (std::is_same_v<T, float>) {
    if (std::fabs(value) < std::numeric_limits<float>::min()) return std::copysign(0.0f, value);
  }
  return value;
}
template <class Op>
struct Flushed {
  auto operator()(auto... values) const { return flushed(Op{}(flushed(values)...)); }
};

// .sat: results are in [0, 1], and a NaN is 0.
template <class Op>
struct Saturated {
  auto operator()(auto... values) const {
    const auto value = Op{}(values...);
    using T = std::remove_const_t<decltype(value)>;
    return value > 0 ? (value < 1 ? value : T{1}) : T{0};
  }
};

}  // namespace duet::cuda_double::ptx
