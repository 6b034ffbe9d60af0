// The left-hand matrix of a product in this step: as floats, as lists of its nonzero elements, or both, when
// every step chooses anew.
#pragma once

#include <optional>

#include "core/views.h"
#include "cpu/nonzeros.h"

namespace duet::cpu {

struct Factor {
  Mat<const float> a;       // without an address where there are lists alone
  bool transposed = false;  // the factor is `a` transposed
  std::optional<Nonzeros> lists;

  // c = rows first_row .. first_row + g.m of this, times b: `g` without its a and k.
  void multiply(const Kernels& kernels, int first_row, Gemm g) const;
};

}  // namespace duet::cpu
