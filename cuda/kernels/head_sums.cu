#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/sums_of_rows.cuh"
#include "cuda/kernels/tick.cuh"

namespace duet::cuda {
namespace {

constexpr int threads = 256, half = threads / 2, cols_of_block = 4 * half;

// Four columns of all blocks' sums a thread; half of the threads have the even blocks.
__device__ void add_columns(const HeadSums& to) {
  __shared__ float4 of_odd_blocks[half];
  const int thread = static_cast<int>(threadIdx.x) % half, odd = static_cast<int>(threadIdx.x) / half;
  const int cols = cols_of_head_partial(to.in), blocks = blocks_of_head(to.rows);
  const int col = static_cast<int>(blockIdx.x) * cols_of_block + 4 * thread;
  float4 sum{};
  if (col < cols) {
#pragma unroll 16
    for (int block = odd; block < blocks; block += 2) {
      const float4 part = *reinterpret_cast<const float4*>(to.partial + std::int64_t{block} * cols + col);
      sum = {sum.x + part.x, sum.y + part.y, sum.z + part.z, sum.w + part.w};
    }
  }
  if (odd == 1) of_odd_blocks[thread] = sum;
  __syncthreads();
  if (odd == 1 || col >= cols) return;
  const float4 other = of_odd_blocks[thread];
  const float all[4] = {sum.x + other.x, sum.y + other.y, sum.z + other.z, sum.w + other.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int of_class = col + i - first_class_of_head_partial(to.in);
    if (col + i < to.in) to.db_below[col + i] = all[i];
    if (of_class >= 0 && of_class < to.classes) to.db[of_class] = all[i];
  }
}

// Blocks with 512 columns each, and one for the result of the step and the constants of its update.
__global__ void __launch_bounds__(threads) head_sums_block_per_columns(HeadSums to, StepNumber step) {
  if (blockIdx.x + 1 < gridDim.x) return add_columns(to);
  const int number = step.value();
  finish_step<threads>(to.output, to.rows, number);
  prepare_update(to.output.tick, number);
}

}  // namespace

void head_sums(cudaStream_t stream, const HeadSums& to, StepNumber step) {
  launch(stream,
         {.blocks = {blocks_for(cols_of_head_partial(to.in), cols_of_block) + 1}, .threads = {threads}},
         head_sums_block_per_columns, to, step);
}

}  // namespace duet::cuda
