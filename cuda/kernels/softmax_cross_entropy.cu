#include "cuda/kernels/kernels.h"
#include "cuda/kernels/last_block.cuh"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/row_softmax.cuh"
#include "cuda/kernels/sums_of_rows.cuh"
#include "cuda/kernels/tick.cuh"

namespace duet::cuda {
namespace {

constexpr int rows_of_block = 8, threads = rows_of_block * warp_size;

__device__ void row_by_warp(const Loss& to, int row, int step) {
  float* const z = to.logits + std::int64_t{row} * to.ld;
  const int label = to.labels[to.batch.order[to.batch.place(step, row)]];
  const RowSoftmax softmax = softmax_of_row<warp_size>(to.classes, [&](int c) { return z[c]; });
  const float of_label = z[label];
  __syncwarp();  // all have read the logits that become dz below
  const int lane = static_cast<int>(threadIdx.x) % warp_size;
  if (lane == 0) {
    to.output.rows[row] = {logf(softmax.sum) + (softmax.maximum.value - of_label),
                           predicted_class<warp_size>(softmax, to.classes) == label};
  }
  if (to.db == nullptr) return;
  const float mean = 1.0f / static_cast<float>(to.batch.rows), scale = mean / softmax.sum;
  for (int c = lane; c < to.classes; c += warp_size) {
    z[c] = expf(z[c] - softmax.maximum.value) * scale - (c == label ? mean : 0.0f);
  }
}

// A warp owns a row: labels are bytes, so a lane has at most eight of its classes. The last block makes the
// result of the step and the column sums. Reads and writes the logits once, then reads what it wrote.
__global__ void __launch_bounds__(threads) softmax_cross_entropy_warp_per_row(Loss to, StepNumber step) {
  const int row = static_cast<int>(blockIdx.x) * rows_of_block + static_cast<int>(threadIdx.x) / warp_size;
  const int number = step.value();
  if (row < to.batch.rows) row_by_warp(to, row, number);
  if (is_block_of_update(to.output.tick)) prepare_update(to.output.tick, number);
  if (!is_last_block(to.arrived)) return;
  finish_step<threads>(to.output, to.batch.rows, number);
  if (to.db != nullptr) sum_columns<threads>(to.logits, to.ld, to.batch.rows, to.classes, to.db);
}

// A warp owns a row. Reads the logits three times, of which two come from L1, and writes them.
__global__ void __launch_bounds__(threads) softmax_warp_per_row(SoftmaxRows to) {
  const int row = static_cast<int>(blockIdx.x) * rows_of_block + static_cast<int>(threadIdx.x) / warp_size;
  if (row >= to.rows) return;
  float* const z = to.logits + std::int64_t{row} * to.ld;
  const RowSoftmax softmax = softmax_of_row<warp_size>(to.classes, [&](int c) { return z[c]; });
  for (int c = static_cast<int>(threadIdx.x) % warp_size; c < to.classes; c += warp_size) {
    z[c] = expf(z[c] - softmax.maximum.value) / softmax.sum;
  }
}

}  // namespace

void softmax_cross_entropy(cudaStream_t stream, const Loss& to, StepNumber step) {
  const unsigned blocks = blocks_for(to.batch.rows, rows_of_block) + blocks_of_update(to.output.tick);
  launch(stream, {.blocks = {blocks}, .threads = {threads}}, softmax_cross_entropy_warp_per_row, to, step);
}

void softmax(cudaStream_t stream, const SoftmaxRows& to) {
  const Grid grid{.blocks = {blocks_for(to.rows, rows_of_block)}, .threads = {threads}};
  launch(stream, grid, softmax_warp_per_row, to);
}

}  // namespace duet::cuda
