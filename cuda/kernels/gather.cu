#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

// A block owns a row of x; a thread every 256th group of four pixels. Reads cols bytes, writes 4 cols.
// Assumes cols % 4 == 0: then rows of pixels start on 4 bytes, since the first does.
__global__ void __launch_bounds__(threads) gather_block_per_row_by_four(Gather to, StepNumber step) {
  const std::int64_t place = std::int64_t{step.value()} * to.batch.stride + blockIdx.x;
  if (place >= to.batch.order_size) return;
  const std::int64_t example = to.batch.order[place];
  const auto* const from = reinterpret_cast<const uchar4*>(to.pixels + example * to.cols);
  auto* const x = reinterpret_cast<float4*>(to.x + std::int64_t{blockIdx.x} * to.ld);
  for (int j = static_cast<int>(threadIdx.x); j < to.cols / 4; j += threads) {
    const uchar4 pixels = __ldcs(from + j);  // read once an epoch: keep what the step needs in cache
    x[j] = {pixels.x / to.divisor, pixels.y / to.divisor, pixels.z / to.divisor, pixels.w / to.divisor};
  }
}

// Likewise, for any cols: a thread every 256th pixel.
__global__ void __launch_bounds__(threads) gather_block_per_row(Gather to, StepNumber step) {
  const std::int64_t place = std::int64_t{step.value()} * to.batch.stride + blockIdx.x;
  if (place >= to.batch.order_size) return;
  const std::int64_t example = to.batch.order[place];
  const std::uint8_t* const from = to.pixels + example * to.cols;
  float* const x = to.x + std::int64_t{blockIdx.x} * to.ld;
  for (int j = static_cast<int>(threadIdx.x); j < to.cols; j += threads) x[j] = __ldcs(from + j) / to.divisor;
}

}  // namespace

void gather(cudaStream_t stream, const Gather& to, StepNumber step) {
  const Grid grid{.blocks = {static_cast<unsigned>(to.batch.rows)}, .threads = {threads}};
  launch(stream, grid, to.cols % 4 == 0 ? gather_block_per_row_by_four : gather_block_per_row, to, step);
}

}  // namespace duet::cuda
