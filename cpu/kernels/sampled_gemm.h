// A product of which few elements are wanted: dot products of rows of a and rows of b, for the pairs that
// lists name.
//
// Owns: a group of dot products at a time, which share the row of a, in two chains of multiply-adds each.
// Reads nine vectors for eight multiply-adds, b's from L2. Bound by those loads.
#pragma once

#include "cpu/kernels/kernels.h"
#include "cpu/kernels/transpose.h"
#include "cpu/kernels/vector.h"

namespace duet::cpu::DUET_KERNELS {

// Measured by benchmarks/crossover.
constexpr float sampled_below = lanes == 16 ? 0.35f : lanes == 8 ? 0.45f : 0.8f;

// Elements whose dot products are computed side by side.
constexpr int dot_group = lanes / 2;

// The sums of the lanes of each of `count` vectors, a power of two of them: of vector e in lane 2 * e where
// there are `dot_group`. Pairs of vectors are halved and added until one is left.
template <int count>
inline Floats totals(Floats (&v)[count]) {
  if constexpr (count == 1) {
    return v[0] + pick(v[0], v[0], [](int l) { return l ^ 1; });
  } else {
    Floats half[count / 2];
    DUET_UNROLL for (int e = 0; e < count / 2; ++e) {
      half[e] =
          interleave_low<count>(v[e], v[e + count / 2]) + interleave_high<count>(v[e], v[e + count / 2]);
    }
    return totals<count / 2>(half);
  }
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
  Floats products[dot_group] = {};
  DUET_UNROLL for (int e = 0; e < count; ++e) products[e] = sum[e][0] + sum[e][1];
  const Floats total = totals<dot_group>(products);
  DUET_UNROLL for (int e = 0; e < count; ++e) c[wanted[e].column] = total[2 * e];
}

// Those of fewer than 2 * count columns.
template <int count>
inline void remaining_dot_products(const SampledGemm& g, const float* a, const Nonzero* wanted,
                                   const Nonzero* end, float* c) {
  if (end - wanted >= count) {
    dot_products<count>(g, a, wanted, c);
    wanted += count;
  }
  if constexpr (count > 1) remaining_dot_products<count / 2>(g, a, wanted, end, c);
}

inline void sampled_gemm(const SampledGemm& g) {
  for (int i = 0; i < g.m; ++i) {
    const float* a = g.a + i * g.lda;
    float* c = g.c + i * g.ldc;
    for (int j = g.first_column; j < g.first_column + g.n; ++j) c[j] = 0;
    const std::uint32_t* const ends = g.ends + std::int64_t{i} * g.blocks + g.first_column / list_depth;
    const Nonzero* const list = g.wanted + i * g.wanted_row;
    const Nonzero* wanted = list + (g.first_column < list_depth ? 0 : ends[-1]);
    const Nonzero* end = list + ends[0];
    while (wanted != end && wanted->column < static_cast<std::uint32_t>(g.first_column)) ++wanted;
    while (end != wanted && end[-1].column >= static_cast<std::uint32_t>(g.first_column + g.n)) --end;
    for (; wanted + dot_group <= end; wanted += dot_group) dot_products<dot_group>(g, a, wanted, c);
    remaining_dot_products<dot_group / 2>(g, a, wanted, end, c);
  }
}

}  // namespace duet::cpu::DUET_KERNELS
