// A vector of floats as wide as the instruction set that this file is compiled for, by the compiler's own
// vectors.
#pragma once

#include <cstdint>

#include "cpu/kernels/kernels.h"

// Before a loop over the vectors of a register tile: not unrolled, the compiler keeps the tile in memory.
#ifdef __clang__
#define DUET_UNROLL _Pragma("unroll")
#else
#define DUET_UNROLL _Pragma("GCC unroll 16")
#endif

namespace duet::cpu::DUET_KERNELS {

#if defined(__AVX512F__)
constexpr int lanes = 16, registers = 32;
#elif defined(__AVX__)
constexpr int lanes = 8, registers = 16;
#else
constexpr int lanes = 4, registers = 16;
#endif

using Floats [[gnu::vector_size(lanes * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] = float;

inline Floats load(const float* p) { return *reinterpret_cast<const Floats*>(p); }
inline void store(float* p, Floats v) { *reinterpret_cast<Floats*>(p) = v; }

// The lanes that index(l) names for each l: of a, then of b. A shuffle where the compiler sees that they are
// constant.
template <class Index>
inline Floats pick(Floats a, Floats b, Index index) {
#ifdef __clang__
  Floats picked;
  DUET_UNROLL for (int l = 0; l < lanes; ++l) picked[l] =
      index(l) < lanes ? a[index(l)] : b[index(l) - lanes];
  return picked;
#else
  using Lanes [[gnu::vector_size(lanes * sizeof(int))]] = int;
  Lanes from;
  DUET_UNROLL for (int l = 0; l < lanes; ++l) from[l] = index(l);
  return __builtin_shuffle(a, b, from);
#endif
}

}  // namespace duet::cpu::DUET_KERNELS
