#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/sums_of_rows.cuh"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

// A block owns a row, a thread every 256th column.
__global__ void __launch_bounds__(threads) add_bias_block_per_row(BiasActivation to) {
  float* const y = to.y + std::int64_t{blockIdx.x} * to.ld;
  for (int j = static_cast<int>(threadIdx.x); j < to.cols; j += threads) {
    const float z = y[j] + to.b[j];
    y[j] = to.relu && z < 0 ? 0.0f : z;  // not fmaxf(): a NaN must stay one
  }
}

// A block owns 32 columns, a warp every eighth of their rows.
__global__ void __launch_bounds__(threads) mask_and_sum_block_per_columns(MaskAndSum to) {
  const int first = static_cast<int>(blockIdx.x) * warp_size;
  const int lane = static_cast<int>(threadIdx.x) % warp_size, column = first + lane;
  if (to.y != nullptr && column < to.cols) {
    for (int row = static_cast<int>(threadIdx.x) / warp_size; row < to.rows; row += threads / warp_size) {
      if (!(to.y[std::int64_t{row} * to.ld_y + column] > 0)) to.dz[std::int64_t{row} * to.ld + column] = 0;
    }
  }
  const int cols = min(warp_size, to.cols - first);  // a thread adds what it has masked itself
  sum_columns<threads>(to.dz + first, to.ld, to.rows, cols, to.db + first);
}

}  // namespace

void add_bias(cudaStream_t stream, const BiasActivation& to) {
  launch(stream, {.blocks = {static_cast<unsigned>(to.rows)}, .threads = {threads}}, add_bias_block_per_row,
         to);
}

void mask_and_sum(cudaStream_t stream, const MaskAndSum& to) {
  launch(stream, {.blocks = {blocks_for(to.cols, warp_size)}, .threads = {threads}},
         mask_and_sum_block_per_columns, to);
}

}  // namespace duet::cuda
