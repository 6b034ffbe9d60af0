// Matrix multiplication: a register tile of `rows` x `vectors`, walked over panels of b that stay in cache.
#pragma once

#include "cpu/kernels/adam.h"
#include "cpu/kernels/kernels.h"
#include "cpu/kernels/vector.h"

namespace duet::cpu::DUET_KERNELS {

// The register tile: accumulators, one row of b and one element of a fit the register file.
constexpr int tile_rows = 6;
constexpr int tile_vectors = registers == 32 ? 4 : 2;
// Rows of b in a panel: with tile_vectors it takes at most 32 KB, the rest of L1 is for a and c.
constexpr int panel_depth = 128;

// What a register tile starts from, and what becomes of it.
struct Ends {
  const float* bias;  // (vectors); or null
  bool first, relu;   // whether c is written for the first time; whether ReLU follows
};

// Rows of c from `c` on, `vectors` vectors wide: k products each of the rows of a from `a` on.
template <int rows, int vectors>
inline void multiply_tile(const Gemm& g, const float* a, const float* b, float* c, int k, const Ends& ends) {
  Floats sum[rows][vectors];
  DUET_UNROLL for (int i = 0; i < rows; ++i) {
    DUET_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] = Floats{};
  }
  if (!ends.first) {
    DUET_UNROLL for (int i = 0; i < rows; ++i) {
      DUET_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] = load(c + i * g.ldc + v * lanes);
    }
  } else if (ends.bias != nullptr) {
    DUET_UNROLL for (int i = 0; i < rows; ++i) {
      DUET_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] = load(ends.bias + v * lanes);
    }
  }
  const std::int64_t a_row = g.a_row, a_column = g.a_column, ldb = g.ldb;
  for (int p = 0; p < k; ++p) {
    Floats row[vectors];
    DUET_UNROLL for (int v = 0; v < vectors; ++v) row[v] = load(b + p * ldb + v * lanes);
    DUET_UNROLL for (int i = 0; i < rows; ++i) {
      const float factor = a[i * a_row + p * a_column];
      DUET_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] += factor * row[v];
    }
  }
  if (ends.relu) {
    const Floats zero{};
    DUET_UNROLL for (int i = 0; i < rows; ++i) {
      DUET_UNROLL for (int v = 0; v < vectors; ++v) {
        sum[i][v] = sum[i][v] < zero ? zero : sum[i][v];  // not max(): a NaN must stay one
      }
    }
  }
  DUET_UNROLL for (int i = 0; i < rows; ++i) {
    DUET_UNROLL for (int v = 0; v < vectors; ++v) store(c + i * g.ldc + v * lanes, sum[i][v]);
  }
}

// All rows of c in the columns of a panel that is `vectors` wide and begins with row p of b.
template <int vectors>
inline void multiply_panel(const Gemm& g, int column, int p, int k) {
  const float* b = g.b + p * g.ldb + column;
  const Ends ends{g.bias != nullptr ? g.bias + column : nullptr, p == 0 && !g.accumulate,
                  g.relu && p + k == g.k};
  int i = 0;
  const auto a = [&] { return g.a + i * g.a_row + p * g.a_column; };
  const auto c = [&] { return g.c + i * g.ldc + column; };
  for (; i + tile_rows <= g.m; i += tile_rows) {
    multiply_tile<tile_rows, vectors>(g, a(), b, c(), k, ends);
    if (p + k == g.k) update(g, i, tile_rows, column, vectors * lanes);
  }
  const int rest = i;
  for (; i + 4 <= g.m; i += 4) multiply_tile<4, vectors>(g, a(), b, c(), k, ends);
  for (; i + 2 <= g.m; i += 2) multiply_tile<2, vectors>(g, a(), b, c(), k, ends);
  for (; i < g.m; ++i) multiply_tile<1, vectors>(g, a(), b, c(), k, ends);
  if (p + k == g.k) update(g, rest, g.m - rest, column, vectors * lanes);
}

inline void gemm(const Gemm& g) {
  constexpr int wide = tile_vectors * lanes;
  for (int p = 0; p < g.k; p += panel_depth) {
    const int k = g.k - p < panel_depth ? g.k - p : panel_depth;
    int column = 0;
    for (; column + wide <= g.n; column += wide) multiply_panel<tile_vectors>(g, column, p, k);
    for (; column < g.n; column += lanes) multiply_panel<1>(g, column, p, k);
  }
}

}  // namespace duet::cpu::DUET_KERNELS
