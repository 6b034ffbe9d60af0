// Transposes in registers, a square of lanes x lanes at a time.
#pragma once

#include "cpu/kernels/kernels.h"
#include "cpu/kernels/vector.h"

namespace duet::cpu::DUET_KERNELS {

// Lane l of the result is a[l] where bit `distance` of l is clear, else b[l - distance].
template <int distance>
inline Floats interleave_low(Floats a, Floats b) {
  return pick(a, b, [](int l) { return (l & distance) == 0 ? l : lanes + l - distance; });
}
// a[l + distance] where the bit is clear, else b[l].
template <int distance>
inline Floats interleave_high(Floats a, Floats b) {
  return pick(a, b, [](int l) { return (l & distance) == 0 ? l + distance : lanes + l; });
}

// Exchanges the two quarters that are off the diagonal in every square of 2 * distance rows, then in
// the smaller ones.
template <int distance>
inline void transpose_square(Floats (&row)[lanes]) {
  if constexpr (distance > 0) {
    DUET_UNROLL for (int i = 0; i < lanes; ++i) {
      if ((i & distance) != 0) continue;
      const Floats a = row[i], b = row[i + distance];
      row[i] = interleave_low<distance>(a, b);
      row[i + distance] = interleave_high<distance>(a, b);
    }
    transpose_square<distance / 2>(row);
  }
}

inline void transpose(const float* from, std::int64_t ld_from, int n, int k, float* to, int width) {
  for (int j = 0; j < width; j += lanes) {
    for (int p = 0; p < k; p += lanes) {
      Floats square[lanes];
      DUET_UNROLL for (int i = 0; i < lanes; ++i) {
        square[i] = j + i < n ? load(from + (j + i) * ld_from + p) : Floats{};
      }
      transpose_square<lanes / 2>(square);
      DUET_UNROLL for (int i = 0; i < lanes; ++i) { store(to + std::int64_t{p + i} * width + j, square[i]); }
    }
  }
}

}  // namespace duet::cpu::DUET_KERNELS
