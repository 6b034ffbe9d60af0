// A product whose left-hand matrix is given by its nonzero elements: a row of accumulators for each row of c,
// and for each element one row of b times its value.
//
// Owns: `vectors` vectors of a row of c in registers, for the elements of one block of columns. Reads of b:
// one vector for each multiply-add, from a panel that stays in L1. Bound by those loads, and by the wrong
// guess at the end of every list.
#pragma once

#include "cpu/kernels/adam.h"
#include "cpu/kernels/kernels.h"
#include "cpu/kernels/vector.h"

namespace duet::cpu::DUET_KERNELS {

// Half of the registers are accumulators; 64 columns where the vectors are wide enough.
constexpr int sparse_vectors = 64 / lanes < registers / 2 ? 64 / lanes : registers / 2;

// Measured by benchmarks/crossover.
constexpr float sparse_below = lanes == 16 ? 0.5f : lanes == 8 ? 0.6f : 0.9f;

template <int vectors>
inline void multiply_elements(const Nonzero* element, const Nonzero* end, const float* b, std::int64_t ldb,
                              Floats (&sum)[vectors]) {
  for (; element != end; ++element) {
    const float* row = b + element->column * ldb;
    asm("" : "+r"(row));  // or GCC 12 computes every vector's address anew
    DUET_UNROLL for (int v = 0; v < vectors; ++v) sum[v] += element->value * load(row + v * lanes);
  }
}

// Asks for the list of a row that comes soon: lists lie apart, and after the wrong guess at the end of each
// the processor would wait for the next. Asking beyond the last row does no harm.
inline void ask_for_list(const Nonzero* elements, const std::uint32_t* end) {
  constexpr int expected = 4;  // lines: a fifth of a block's elements
  for (int i = 0; i < expected; ++i)
    __builtin_prefetch(elements + i * 64 / static_cast<int>(sizeof(Nonzero)));
  __builtin_prefetch(end);
}

// All rows of a panel of c that is `vectors` wide.
template <int vectors>
inline void sparse_panel(const SparseGemm& g, int column) {
  for (int block = 0; block < g.blocks; ++block) {
    const bool first = block == 0, last = block + 1 == g.blocks;
    for (int i = 0; i < g.m; ++i) {
      float* c = g.c + i * g.ldc + column;
      const float* from = first ? (g.bias != nullptr ? g.bias + column : nullptr) : c;
      Floats sum[vectors];
      DUET_UNROLL for (int v = 0; v < vectors; ++v) sum[v] =
          from != nullptr ? load(from + v * lanes) : Floats{};
      const std::uint32_t* ends = g.ends + static_cast<std::int64_t>(i) * g.blocks + block;
      const std::uint32_t begin = first ? 0 : ends[-1];
      const Nonzero* elements = g.a + i * g.a_row;
      ask_for_list(elements + 3 * g.a_row + begin, ends + 8 * g.blocks);
      multiply_elements<vectors>(elements + begin, elements + ends[0], g.b + column, g.ldb, sum);
      const Floats zero{};
      DUET_UNROLL for (int v = 0; v < vectors; ++v) {
        store(c + v * lanes, last && g.relu ? (sum[v] < zero ? zero : sum[v]) : sum[v]);
      }
      if (last) update(g, i, 1, column, vectors * lanes);
    }
  }
}

inline void sparse_gemm(const SparseGemm& g) {
  int column = 0;
  for (; column + sparse_vectors * lanes <= g.n; column += sparse_vectors * lanes) {
    sparse_panel<sparse_vectors>(g, column);
  }
  for (; column < g.n; column += line) sparse_panel<line / lanes>(g, column);
}

}  // namespace duet::cpu::DUET_KERNELS
