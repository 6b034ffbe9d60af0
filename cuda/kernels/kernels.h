// The kernels of the CUDA backend, each started in a stream. Pointers are the device's; matrices are
// row-major with `ld` floats from row to row, which start on 64 bytes; padding is zero and stays zero.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "core/adam_step.h"
#include "core/result.h"
#include "cuda/kernels/step_number.h"

namespace duet::cuda {

// Step i works on the examples order[i * stride .. i * stride + rows).
struct BatchRows {
  const std::uint32_t* order;
  int order_size, stride, rows;
  __device__ std::int64_t place(int step, int row) const { return std::int64_t{step} * stride + row; }
};

// Begins a graph of `count` steps: the clock moves on, and adam[k] are the constants of the update that its
// step k makes. adam and hyper are null where nothing is updated.
struct BeginSteps {
  StepClock* clock;
  int count;
  const Hyper* hyper;
  AdamStep* adam;
};
constexpr int most_steps_of_a_graph = 64;
void begin_steps(cudaStream_t stream, const BeginSteps& to);
void set_next_step(cudaStream_t stream, StepClock* clock, int next);

// x (rows, cols) = pixels of the step's examples, divided. Rows whose place is beyond the order stay as they
// are: a graph gathers for the step behind its last one, which there may not be.
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
  unsigned* arrived;       // scratch, zero
};

// SoftmaxCrossEntropy of core/ops.h.
struct Loss {
  BatchRows batch;
  const std::uint8_t* labels;
  float* logits;  // (rows, classes); with db they become dz
  int classes, ld;
  float* db;  // (classes), or null: no gradient
  LossOutput output;
};
void softmax_cross_entropy(cudaStream_t stream, const Loss& to, StepNumber step);

// Head of core/ops.h, for up to 32 classes.
constexpr int most_classes_of_head = 32;
constexpr int rows_of_head_block = 8;
struct HeadOperands {
  BatchRows batch;
  const std::uint8_t* labels;
  const float *x, *w, *b;  // (rows, in), (in, classes), (classes)
  int in, classes, ld_x, ld_w;
  bool relu_below;
  float *dz, *dz_below;  // (rows, classes), (rows, in)
  int ld_dz, ld_below;
  float *db, *db_below;  // (classes), (in)
  float* partial;  // scratch: (blocks of rows_of_head_block rows, in + most_classes_of_head) sums of a block
  LossOutput output;
};
void head(cudaStream_t stream, const HeadOperands& to, StepNumber step);

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

}  // namespace duet::cuda
