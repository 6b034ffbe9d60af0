// The left-hand matrix of a product in this step: as floats, as lists of its nonzero elements, or both, when
// every step chooses anew.
#pragma once

#include <cstdint>
#include <optional>

#include "cpu/nonzeros.h"

namespace duet::cpu {

struct Factor {
  const float* a = nullptr;  // element (i, p) at a[i * a_row + p * a_col]; null where there are lists alone
  std::int64_t a_row = 0, a_col = 0;
  int k = 0;  // columns
  std::optional<Nonzeros> lists;

  // c = rows first_row .. first_row + g.m of this, times b: `g` without its a and k.
  void multiply(const Kernels& kernels, int first_row, Gemm g) const;
};

}  // namespace duet::cpu
