// The constants of one update, in double until the last moment: 1.f - 0.999f is off by 1.3e-5.
#pragma once

#include "core/ops.h"
#include "cpu/kernels/kernels.h"

namespace duet::cpu {

// base^n by squaring. The C library's pow() may give other bits on another machine.
inline double power(double base, std::uint64_t n) {
  double result = 1;
  for (; n != 0; n /= 2, base *= base) {
    if (n % 2 == 1) result *= base;
  }
  return result;
}

// Of the update that `step` of this run makes.
inline AdamStep adam_step(const Hyper& h, int step) {
  const std::uint64_t t = h.updates + static_cast<std::uint64_t>(step) + 1;
  return {.beta1 = static_cast<float>(h.beta1),
          .one_minus_beta1 = static_cast<float>(1 - h.beta1),
          .beta2 = static_cast<float>(h.beta2),
          .one_minus_beta2 = static_cast<float>(1 - h.beta2),
          .rate = static_cast<float>(h.learning_rate / (1 - power(h.beta1, t))),
          .correction2 = static_cast<float>(1 / (1 - power(h.beta2, t))),
          .epsilon = static_cast<float>(h.epsilon)};
}

inline bool is_stopped(const std::uint32_t* stopped) { return stopped != nullptr && *stopped != 0; }

}  // namespace duet::cpu
