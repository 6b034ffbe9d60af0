// Matrix multiplication: a register tile of `rows` x `vectors`, walked over panels of b that stay in cache.
#pragma once

#include "cpu/kernels/kernels.h"
#include "cpu/kernels/vector.h"

namespace duet::cpu::DUET_KERNELS {

// The register tile: accumulators, one row of b and one element of a fit the register file.
constexpr int tile_rows = 6;
constexpr int tile_vectors = registers == 32 ? 4 : 2;
// Rows of b in a panel: with tile_vectors it takes at most 24 KB, the rest of L1 is for a and c.
constexpr int panel_depth = 96;

// Rows i .. i+rows of c, `vectors` vectors wide, k products each; `first` and `last` say which end of k this
// panel is.
template <int rows, int vectors>
inline void multiply_tile(const Gemm& g, const float* a, const float* b, float* c, const float* bias, int k,
                          bool first, bool last) {
  Floats sum[rows][vectors];
  for (int v = 0; v < vectors; ++v) {
    for (int i = 0; i < rows; ++i) {
      if (!first) {
        sum[i][v] = load(c + i * g.ldc + v * lanes);
      } else if (bias != nullptr) {
        sum[i][v] = load(bias + v * lanes);
      } else {
        sum[i][v] = Floats{};
      }
    }
  }
  for (int p = 0; p < k; ++p) {
    Floats row[vectors];
    for (int v = 0; v < vectors; ++v) row[v] = load(b + p * g.ldb + v * lanes);
    for (int i = 0; i < rows; ++i) {
      const float factor = a[i * g.a_row + p * g.a_col];
      for (int v = 0; v < vectors; ++v) sum[i][v] += factor * row[v];
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int v = 0; v < vectors; ++v) {
      const Floats zero{};
      // Not max(): a NaN must stay one.
      const Floats y = last && g.relu ? (sum[i][v] < zero ? zero : sum[i][v]) : sum[i][v];
      store(c + i * g.ldc + v * lanes, y);
    }
  }
}

// All rows of a panel that is `vectors` wide.
template <int vectors>
inline void multiply_panel(const Gemm& g, int column, int p, int k) {
  const bool first = p == 0, last = p + k == g.k;
  const float* b = g.b + p * g.ldb + column;
  const float* bias = g.bias != nullptr ? g.bias + column : nullptr;
  int i = 0;
  const auto a = [&] { return g.a + i * g.a_row + p * g.a_col; };
  const auto c = [&] { return g.c + i * g.ldc + column; };
  for (; i + tile_rows <= g.m; i += tile_rows)
    multiply_tile<tile_rows, vectors>(g, a(), b, c(), bias, k, first, last);
  for (; i + 4 <= g.m; i += 4) multiply_tile<4, vectors>(g, a(), b, c(), bias, k, first, last);
  for (; i + 2 <= g.m; i += 2) multiply_tile<2, vectors>(g, a(), b, c(), bias, k, first, last);
  for (; i < g.m; ++i) multiply_tile<1, vectors>(g, a(), b, c(), bias, k, first, last);
}

inline void gemm(const Gemm& g) {
  for (int p = 0; p < g.k; p += panel_depth) {
    const int k = g.k - p < panel_depth ? g.k - p : panel_depth;
    int column = 0;
    for (; column + tile_vectors * lanes <= g.n; column += tile_vectors * lanes) {
      multiply_panel<tile_vectors>(g, column, p, k);
    }
    for (; column < g.n; column += lanes) multiply_panel<1>(g, column, p, k);
  }
}

}  // namespace duet::cpu::DUET_KERNELS
