// The kernels of the CUDA backend, each started in a stream. Pointers are the device's; matrices are
// row-major with `ld` floats from row to row, which start on 64 bytes; padding is zero and stays zero.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "core/result.h"
#include "cuda/kernels/clock.h"

namespace duet::cuda {

// Step i works on the examples order[i * stride .. i * stride + rows).
struct BatchRows {
  const std::uint32_t* order;
  int order_size, stride, rows;
  __device__ std::int64_t place(int step, int row) const { return std::int64_t{step} * stride + row; }
};

// x (rows, cols) = pixels of the step's examples, divided. Rows whose place is beyond the order stay as they
// are: a step gathers for the one behind it, which there may not be.
struct Gather {
  BatchRows batch;
  const std::uint8_t* pixels;  // (examples, cols)
  float divisor;
  float* x;
  int cols, ld;
};
void gather(cudaStream_t stream, const Gather& to, StepNumber step);

// What is known of a row before the mean is made.
struct RowResult {
  float loss;
  bool correct;
};

// Where the result of a step goes.
struct LossOutput {
  Result* results;
  std::uint32_t* stopped;  // or null
  RowResult* rows;         // scratch, one a row
  Tick tick;
};

// SoftmaxCrossEntropy of core/ops.h.
struct Loss {
  BatchRows batch;
  const std::uint8_t* labels;
  float* logits;  // (rows, classes); with db they become dz
  int classes, ld;
  float* db;          // (classes), or null: no gradient
  unsigned* arrived;  // scratch, zero
  LossOutput output;
};
void softmax_cross_entropy(cudaStream_t stream, const Loss& to, StepNumber step);

// Head of core/ops.h, for up to 32 classes.
constexpr int most_classes_of_head = 32;
constexpr int rows_of_head_block = 4;
constexpr int blocks_of_head(int rows) { return (rows + rows_of_head_block - 1) / rows_of_head_block; }
// Of a block of rows: sums for every input, then for every class, both from 16 bytes on.
constexpr int first_class_of_head_partial(int in) { return (in + 3) / 4 * 4; }
constexpr int cols_of_head_partial(int in) { return first_class_of_head_partial(in) + most_classes_of_head; }
struct HeadOperands {
  BatchRows batch;
  const std::uint8_t* labels;
  const float *x, *w, *b;  // (rows, in), (in, classes), (classes)
  int in, classes, ld_x, ld_w;
  bool relu_below;
  float *dz, *dz_below;  // (rows, classes), (rows, in)
  int ld_dz, ld_below;
  RowResult* results;  // of the rows
  float* partial;      // scratch, zero: (blocks_of_head(rows), cols_of_head_partial(in))
};
void head(cudaStream_t stream, const HeadOperands& to, StepNumber step);
// And what is left of it: the sums of all blocks and the result of the step, which nothing waits for but the
// update.
struct HeadSums {
  int rows, in, classes;
  const float* partial;
  float *db, *db_below;  // (classes), (in)
  LossOutput output;
};
void head_sums(cudaStream_t stream, const HeadSums& to, StepNumber step);

// All of size floats, which is a multiple of 4.
struct AdamArrays {
  float* param;
  const float* g;
  float *m, *v;
  std::int64_t size;
  const AdamStep* step;
  const std::uint32_t* stopped;  // or null
};
void adam(cudaStream_t stream, const AdamArrays& to);

// d (rows, cols) = a (rows, depth) b (depth, cols), of matrices as they are stored or transposed.
struct ProductFactor {
  const float* data;
  int ld;
  bool transposed;
  __device__ float at(int row, int col, int rows, int cols) const {  // zero outside
    if (row >= rows || col >= cols) return 0;
    return data[transposed ? std::int64_t{col} * ld + row : std::int64_t{row} * ld + col];
  }
};
struct ProductOperands {
  ProductFactor a, b;
  float* d;
  int rows, cols, depth, ld;
};
void product(cudaStream_t stream, const ProductOperands& to);

// The products of a training step in TF32, whole with what follows them, for compute capability 8.0 and
// later.
constexpr int most_rows_of_tf32_tiles = 256;
// What a layer is given: a matrix, or a batch of pixels, whose rows are multiples of four, times `scale`.
struct Tf32Input {
  const float* x;  // null for a batch
  int ld;
  BatchRows batch;
  const std::uint8_t* pixels;
  float scale;
  StepNumber step;
};
// y (rows, out) = act(x w + b), whole rows of 16 columns: w and b are padded with zeros, so y is.
struct Tf32Linear {
  Tf32Input x;
  const float *w, *b;
  float* y;
  int rows, in, out, ld_w, ld_y;
  bool relu;
};
void tf32_linear(cudaStream_t stream, const Tf32Linear& to);

// dz_below (rows, in) = (dz w^T) * (y_below > 0), or without the latter where y_below is null; and the
// column sums of every 32 rows.
constexpr int rows_of_tf32_tile = 32;
constexpr int tiles_of_tf32(int size) { return (size + rows_of_tf32_tile - 1) / rows_of_tf32_tile; }
struct Tf32GradInput {
  const float *dz, *w, *y_below;
  float* dz_below;
  int rows, in, out, ld_dz, ld_w, ld_y, ld_below;
  float* sums;  // (tiles_of_tf32(rows), in): of a tile's rows
};
void tf32_grad_input(cudaStream_t stream, const Tf32GradInput& to);

// g (in, out) = x^T dz, stored in dw, or applied to the parameters at once where dw is null: of several
// layers in one kernel.
struct Tf32GradWeight {
  Tf32Input x;
  const float* dz;
  int rows, in, out, ld_dz;
  float* dw;
  float *param, *m, *v;  // as dw lies
  int ld_w;
};
struct Tf32GradWeights {
  static constexpr int most = 8;
  int count = 0;
  Tf32GradWeight of[most];
  int first_block[most];
  const AdamStep* step = nullptr;
  const std::uint32_t* stopped = nullptr;  // or null
};
void tf32_grad_weights(cudaStream_t stream, Tf32GradWeights to);

// What a matrix product leaves to do where no epilogue of the library does it.
// y (rows, cols) += b, then ReLU where asked.
struct BiasActivation {
  float* y;
  int rows, cols, ld;
  const float* b;
  bool relu;
};
void add_bias(cudaStream_t stream, const BiasActivation& to);

// dz (rows, cols) = y > 0 ? dz : 0 where y is given; db = its column sums.
struct MaskAndSum {
  float* dz;
  int rows, cols, ld;
  const float* y;  // or null: nothing is masked
  int ld_y;
  float* db;
};
void mask_and_sum(cudaStream_t stream, const MaskAndSum& to);

// logits (rows, classes) become probabilities.
struct SoftmaxRows {
  float* logits;
  int rows, classes, ld;
};
void softmax(cudaStream_t stream, const SoftmaxRows& to);

// counts (true class, predicted class) += 1 for every row of the batch. Memory as bytes_of_confusion() asks.
struct ConfusionOperands {
  BatchRows batch;
  const std::uint8_t* labels;
  const float* logits;  // (rows, classes)
  int classes, ld;
  std::uint32_t* counts;  // (classes, classes)
  int ld_counts;
  int* keys;                // scratch: (rows) true class * classes + predicted class
  std::uint32_t* of_batch;  // scratch: (classes * classes)
  void* memory = nullptr;
  std::size_t memory_bytes = 0;
};
std::size_t bytes_of_confusion(const ConfusionOperands& to);
void confusion(cudaStream_t stream, const ConfusionOperands& to, StepNumber step);

// Shuffle of core/ops.h; the step is the epoch. Memory as bytes_of_shuffle() asks.
struct ShuffleOperands {
  std::uint64_t seed;
  std::uint32_t* order;
  int size;
  std::uint64_t *keys, *sorted;  // scratch: (size)
  void* memory = nullptr;
  std::size_t memory_bytes = 0;
};
std::size_t bytes_of_shuffle(const ShuffleOperands& to);
void shuffle(cudaStream_t stream, const ShuffleOperands& to, StepNumber step);

}  // namespace duet::cuda
