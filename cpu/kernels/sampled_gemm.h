// A product of which few elements are wanted: dot products of rows of a and rows of b, for the pairs that
// lists name.
//
// Owns: four dot products at a time, which share the row of a, in two chains of multiply-adds each. Reads
// five vectors for four multiply-adds, b's from L2. Bound by those loads.
#pragma once

#include "cpu/kernels/kernels.h"
#include "cpu/kernels/vector.h"

namespace duet::cpu::DUET_KERNELS {

// Measured by benchmarks/crossover.
constexpr float sampled_below = lanes == 16 ? 0.4f : lanes == 8 ? 0.55f : 0.85f;

// The sum of a vector's lanes: quarters of a line first, then their four lanes.
inline float total(Floats v) {
  using Four [[gnu::vector_size(16)]] = float;
  Four parts[lanes / 4];
  __builtin_memcpy(parts, &v, sizeof v);
  for (int i = 1; i < lanes / 4; ++i) parts[0] += parts[i];
  return (parts[0][0] + parts[0][1]) + (parts[0][2] + parts[0][3]);
}

// c[column] = a . b's row of that column, for `count` wanted columns. k is a width.
template <int count>
inline void dot_products(const SampledGemm& g, const float* a, const Nonzero* wanted, float* c) {
  Floats sum[count][2];
  DUET_UNROLL for (int e = 0; e < count; ++e) sum[e][0] = sum[e][1] = Floats{};
  const float* panel = g.b;
  for (int left = g.k; left > 0; left -= g.b_width) {
    const int width = left < g.b_width ? left : g.b_width;
    const float* b[count];
    DUET_UNROLL for (int e = 0; e < count; ++e) {
      b[e] = panel + static_cast<std::int64_t>(wanted[e].column) * width;
    }
    int p = 0;
    for (; p + 2 * lanes <= width; p += 2 * lanes) {
      const Floats first = load(a + p), second = load(a + p + lanes);
      DUET_UNROLL for (int e = 0; e < count; ++e) {
        sum[e][0] += first * load(b[e] + p);
        sum[e][1] += second * load(b[e] + p + lanes);
      }
    }
    if (p < width) {
      const Floats first = load(a + p);
      DUET_UNROLL for (int e = 0; e < count; ++e) sum[e][0] += first * load(b[e] + p);
    }
    a += width;
    panel += std::int64_t{width} * g.b_rows;
  }
  DUET_UNROLL for (int e = 0; e < count; ++e) c[wanted[e].column] = total(sum[e][0] + sum[e][1]);
}

inline void sampled_gemm(const SampledGemm& g) {
  for (int i = 0; i < g.m; ++i) {
    const float* a = g.a + i * g.lda;
    float* c = g.c + i * g.ldc;
    for (int j = g.first_column; j < g.first_column + g.n; ++j) c[j] = 0;
    const Nonzero* wanted = g.wanted + i * g.wanted_row;
    const Nonzero* const end = wanted + g.counts[i * g.counts_row];
    const auto limit = static_cast<std::uint32_t>(g.first_column + g.n);
    while (wanted != end && wanted->column < static_cast<std::uint32_t>(g.first_column)) ++wanted;
    for (; wanted + 4 <= end && wanted[3].column < limit; wanted += 4) dot_products<4>(g, a, wanted, c);
    for (; wanted != end && wanted->column < limit; ++wanted) dot_products<1>(g, a, wanted, c);
  }
}

}  // namespace duet::cpu::DUET_KERNELS
