// exp(z - max z) of a row, its sum and its argmax, without the C library: its exp differs from machine to
// machine.
#pragma once

#include "cpu/kernels/kernels.h"

namespace duet::cpu::DUET_KERNELS {

// exp(x) for x <= 0, within 1.2e-7 relative; below -87 it stays at exp(-87), about 1e-38. NaN stays NaN.
// x = n ln2 + r with |r| <= ln2 / 2; ln2 in two parts (Cody and Waite); exp(r) by its Taylor series to r^7 /
// 7!, whose remainder is 5e-9.
inline float exp_of_negative(float x) {
  constexpr float log2e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  constexpr float rounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  x = x < -87.0f ? -87.0f : x;
  const float shifted = x * log2e + rounder;
  const float n = shifted - rounder;
  const float r = x - n * ln2_high - n * ln2_low;
  float e = 1.0f / 5040;
  e = e * r + 1.0f / 720;
  e = e * r + 1.0f / 120;
  e = e * r + 1.0f / 24;
  e = e * r + 1.0f / 6;
  e = e * r + 0.5f;
  e = e * r + 1.0f;
  e = e * r + 1.0f;
  const std::int32_t exponent = (__builtin_bit_cast(std::int32_t, shifted) - 0x4B400000 + 127) << 23;
  return e * __builtin_bit_cast(float, exponent);
}

inline SoftmaxRow softmax_row(const float* __restrict z, int classes, int width, float* __restrict e) {
  SoftmaxRow row{z[0], 0, 0};
  for (int j = 1; j < classes; ++j) {
    if (z[j] > row.max) {
      row.max = z[j];
      row.argmax = j;
    }
  }
  for (int j = 0; j < width; ++j) e[j] = exp_of_negative(z[j] - row.max);
  for (int j = classes; j < width; ++j) e[j] = 0;
  float partial[line] = {};  // one sum a lane, then the lanes in order
  for (int j = 0; j < width; j += line) {
    for (int l = 0; l < line; ++l) partial[l] += e[j + l];
  }
  for (const float sum : partial) row.sum += sum;
  return row;
}

}  // namespace duet::cpu::DUET_KERNELS
