// The inner loops of the CPU backend: plain functions over raw memory, compiled once for every instruction
// set.
//
// kernels.cpp is the one translation unit that is compiled several times. It includes nothing of the standard
// library but <cstdint>, and calls no inline function of another header: it would be emitted with, say,
// AVX-512 in it, and the linker might take that copy for everybody.
//
// Lengths in floats that are called `width` are whole cache lines: multiples of 16. Padding is zero and stays
// zero.
#pragma once

#include <cstdint>

#include "core/adam_step.h"

namespace duet::cpu {

inline constexpr int line = 16;  // floats in 64 bytes

// Adam with a product as the gradient: parameters and moments laid out as the product is.
struct Update {
  AdamStep step;
  float *param, *m, *v;
};

// c (m, n) = a (m, k) b (k, n) [+ bias, or + c], then ReLU where asked. n is a width. Every element is one
// chain of k multiply-adds in order, whatever the tile: results do not depend on how the work is cut.
struct Gemm {
  const float* a = nullptr;
  std::int64_t a_row = 0, a_column = 1;  // floats from one row, or column, of a to the next
  const float* b;
  std::int64_t ldb;
  float* c;
  std::int64_t ldc;
  int m, n, k = 0;
  const float* bias = nullptr;  // (n), or null: start from zero
  bool accumulate = false;      // add to what c is
  bool relu = false;
  const Update* update = nullptr;  // with it c is scratch
};

// A nonzero element of a row of a matrix: its column, and what stands there.
struct Nonzero {
  std::uint32_t column;
  float value;
};

// As Gemm, where a (m, k) is given by its nonzero elements: row i's begin at a + i * a_row, in the order of
// their columns, and those of block q of list_depth columns end at ends[i * blocks + q] of them. Bit for bit
// what Gemm makes of the same matrix, since it would add zeros.
struct SparseGemm {
  const Nonzero* a;
  std::int64_t a_row;
  const std::uint32_t* ends;  // (m, blocks)
  int blocks;
  const float* b;
  std::int64_t ldb;
  float* c;
  std::int64_t ldc;
  int m, n;
  const float* bias;  // (n), or null: start from zero
  bool relu;
  const Update* update;
};
// Rows of b that a block's elements choose from: with the columns of one pass, 32 KB, which stay in cache for
// all rows of c.
inline constexpr int list_depth = 128;

// Columns first_column .. first_column + n of c (m, .) = a (m, k) times b (b_rows, k) transposed, of which
// only those elements are computed that row i's list names, whatever their values; the others become zero.
// Lists lie at wanted + i * wanted_row, with ends as in SparseGemm; the columns are all of one block. b lies
// in panels of b_width columns (core/views.h). k is a width.
struct SampledGemm {
  const float* a;
  std::int64_t lda;
  const float* b;
  int b_rows, b_width;
  const Nonzero* wanted;
  std::int64_t wanted_row;
  const std::uint32_t* ends;
  int blocks;
  float* c;
  std::int64_t ldc;
  int m, first_column, n, k;
};

// One row of logits z (classes, in storage of `width`): what softmax and the loss are made of.
struct SoftmaxRow {
  float max, sum;  // of z; of exp(z - max)
  int argmax;      // first maximum; 0 where z is not a number
};

struct Kernels {
  const char* name;  // "avx512"
  // SparseGemm takes less time than Gemm where a smaller share of the elements is nonzero, the making of the
  // lists included.
  float sparse_below;
  // SampledGemm takes less time than Gemm and a transposition where a smaller share of the elements is
  // wanted.
  float sampled_below;
  void (*gemm)(const Gemm&);
  void (*sparse_gemm)(const SparseGemm&);
  void (*sampled_gemm)(const SampledGemm&);
  // Writes the nonzero elements of x (n), in order, as columns first .. first+n; returns how many. What lies
  // up to 8 elements behind them is overwritten.
  int (*list_nonzeros)(const float* x, int first, int n, Nonzero* to);
  int (*count_nonzeros)(const float* x, int n);
  // y[j] = x[j] / divisor
  void (*divide_pixels)(const std::uint8_t* x, float divisor, float* y, int n);
  // to (k, n) = from (n, k) transposed; columns n .. width of `to` become zero. k is a width too.
  void (*transpose)(const float* from, std::int64_t ld_from, int n, int k, float* to, int width);
  // c = y > 0 ? c : 0 for every element of (m, n); sum (n) = column sums of the result
  void (*mask_and_sum)(float* c, std::int64_t ldc, const float* y, std::int64_t ldy, int m, int n,
                       float* sum);
  // sum (n) = rows of c added in order
  void (*column_sums)(const float* c, std::int64_t ldc, int m, int n, float* sum);
  // all (n)
  void (*adam)(const AdamStep&, const float* g, float* param, float* m, float* v, int n);
  // e (width) = exp(z - max z), zero in the padding
  SoftmaxRow (*softmax_row)(const float* z, int classes, int width, float* e);
  // z[j] = e[j] * scale
  void (*scale_row)(const float* e, float scale, float* z, int width);
};

// One table for each instruction set that this build has; isa.h chooses.
extern const Kernels baseline_kernels, avx2_kernels, avx512_kernels;

}  // namespace duet::cpu
