// The constants of one update of Adam, the same on every device. All constexpr, so that device code calls the
// same functions.
#pragma once

#include <cstdint>

#include "core/hyper.h"

namespace duet {

// Of the formula in ops.h, for one step.
struct AdamStep {
  float beta1, one_minus_beta1, beta2, one_minus_beta2;
  float rate;         // learning_rate / (1 - beta1^t)
  float correction2;  // 1 / (1 - beta2^t)
  float epsilon;
};

// base^n by squaring. The C library's pow() may give other bits on another machine.
constexpr double power(double base, std::uint64_t n) {
  double result = 1;
  for (; n != 0; n /= 2, base *= base) {
    if (n % 2 == 1) result *= base;
  }
  return result;
}

// Of the update that `step` of this run makes. In double until the last moment: 1.f - 0.999f is off
// by 1.3e-5.
constexpr AdamStep adam_step(const Hyper& h, int step) {
  const std::uint64_t t = h.updates + static_cast<std::uint64_t>(step) + 1;
  return {.beta1 = static_cast<float>(h.beta1),
          .one_minus_beta1 = static_cast<float>(1 - h.beta1),
          .beta2 = static_cast<float>(h.beta2),
          .one_minus_beta2 = static_cast<float>(1 - h.beta2),
          .rate = static_cast<float>(h.learning_rate / (1 - power(h.beta1, t))),
          .correction2 = static_cast<float>(1 / (1 - power(h.beta2, t))),
          .epsilon = static_cast<float>(h.epsilon)};
}

}  // namespace duet
