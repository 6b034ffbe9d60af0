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

}  // namespace duet::cpu::DUET_KERNELS
