// Loops over rows of floats, written plainly: the compiler turns them into vectors (kernels.cpp says how).
#pragma once

#include "cpu/kernels/kernels.h"

namespace duet::cpu::DUET_KERNELS {

inline void divide_pixels(const std::uint8_t* __restrict x, float divisor, float* __restrict y, int n) {
  for (int j = 0; j < n; ++j) y[j] = static_cast<float>(x[j]) / divisor;
}

inline void scale_row(const float* __restrict e, float scale, float* __restrict z, int width) {
  for (int j = 0; j < width; ++j) z[j] = e[j] * scale;
}

inline void transpose(const float* from, std::int64_t ld_from, int n, int k, float* __restrict to,
                      int width) {
  constexpr int block = 16;  // rows of `from` whose lines stay in L1 while they become columns
  for (int j0 = 0; j0 < width; j0 += block) {
    const int rows = n - j0 < block ? (n - j0 > 0 ? n - j0 : 0) : block;
    for (int p = 0; p < k; ++p) {
      float* line = to + static_cast<std::int64_t>(p) * width + j0;
      for (int j = 0; j < rows; ++j) line[j] = from[(j0 + j) * ld_from + p];
      for (int j = rows; j < block; ++j) line[j] = 0;
    }
  }
}

inline void mask_and_sum(float* __restrict c, std::int64_t ldc, const float* __restrict y, std::int64_t ldy,
                         int m, int n, float* __restrict sum) {
  for (int j = 0; j < n; ++j) sum[j] = 0;
  for (int i = 0; i < m; ++i) {
    float* row = c + i * ldc;
    const float* gate = y + i * ldy;
    for (int j = 0; j < n; ++j) {
      row[j] = gate[j] > 0 ? row[j] : 0.0f;
      sum[j] += row[j];
    }
  }
}

inline void column_sums(const float* __restrict c, std::int64_t ldc, int m, int n, float* __restrict sum) {
  for (int j = 0; j < n; ++j) sum[j] = 0;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) sum[j] += c[i * ldc + j];
  }
}

inline void adam_row(const AdamStep& s, const float* __restrict g, float* __restrict param,
                     float* __restrict m, float* __restrict v, int n) {
  for (int j = 0; j < n; ++j) {
    m[j] = s.beta1 * m[j] + s.one_minus_beta1 * g[j];
    v[j] = s.beta2 * v[j] + s.one_minus_beta2 * (g[j] * g[j]);
    param[j] -= s.rate * m[j] / (__builtin_sqrtf(v[j] * s.correction2) + s.epsilon);
  }
}

inline void adam(const AdamStep& s, const float* g, std::int64_t ldg, float* param, float* m, float* v,
                 std::int64_t ld, int rows, int n) {
  for (int i = 0; i < rows; ++i) adam_row(s, g + i * ldg, param + i * ld, m + i * ld, v + i * ld, n);
}

}  // namespace duet::cpu::DUET_KERNELS
