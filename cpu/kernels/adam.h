// Adam, alone and as the end of a product.
#pragma once

#include "cpu/kernels/kernels.h"

namespace duet::cpu::DUET_KERNELS {

inline void adam(const AdamStep& s, const float* __restrict g, float* __restrict param, float* __restrict m,
                 float* __restrict v, int n) {
  for (int j = 0; j < n; ++j) {
    m[j] = s.beta1 * m[j] + s.one_minus_beta1 * g[j];
    v[j] = s.beta2 * v[j] + s.one_minus_beta2 * (g[j] * g[j]);
    param[j] -= s.rate * m[j] / (__builtin_sqrtf(v[j] * s.correction2) + s.epsilon);
  }
}

// The update that a product asks for, of columns column .. column + n of its rows i .. i + rows, once these
// are complete. Row by row as they are made: parameters and moments then come from L3 while the processor
// multiplies.
template <class Product>
inline void update(const Product& g, int i, int rows, int column, int n) {
  if (g.update == nullptr) return;
  const Update& u = *g.update;
  for (const int end = i + rows; i < end; ++i) {
    const std::int64_t at = i * g.ldc + column;
    adam(u.step, g.c + at, u.param + at, u.m + at, u.v + at, n);
  }
}

}  // namespace duet::cpu::DUET_KERNELS
