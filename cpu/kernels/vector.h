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

// Asks for rows i .. i + rows of what is needed after c, in columns column .. column + width; into L2, it is
// much.
inline void ask_for(const Upcoming& upcoming, int i, int rows, int column, int width) {
  for (const float* matrix : upcoming.first) {
    if (matrix == nullptr) return;
    for (int r = i; r < i + rows; ++r) {
      for (int j = column; j < column + width; j += 16)
        __builtin_prefetch(matrix + r * upcoming.ld + j, 0, 2);
    }
  }
}

// Asks for the rows of the panel that is needed next, a few at a time while this one is at work: walking down
// a few columns, the processor's own prefetchers see no pattern. Asking beyond the end of a matrix does no
// harm.
class PanelAhead {
 public:
  // A panel of `rows` x `width`, asked for within `turns` calls of advance().
  PanelAhead(const float* panel, std::int64_t ld, int rows, int width, int turns)
      : row_(panel), ld_(ld), rows_(rows), width_(width), step_((rows + turns - 1) / turns) {}
  void advance() {
    for (int i = 0; i < step_ && rows_ > 0; ++i, --rows_, row_ += ld_) {
      for (int j = 0; j < width_; j += 16) __builtin_prefetch(row_ + j);
    }
  }

 private:
  const float* row_;
  std::int64_t ld_;
  int rows_, width_, step_;
};

}  // namespace duet::cpu::DUET_KERNELS
