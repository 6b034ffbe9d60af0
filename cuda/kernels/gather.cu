#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

__device__ inline float divided(std::uint8_t pixel, float divisor) { return pixel / divisor; }
__device__ inline float4 divided(uchar4 pixels, float divisor) {
  return {pixels.x / divisor, pixels.y / divisor, pixels.z / divisor, pixels.w / divisor};
}

// A block owns a row of x; a thread every 256th pixel or, where Pixels are uchar4, group of four. Reads cols
// bytes, writes 4 cols. Groups assume cols % 4 == 0: then rows start on 4 bytes, since the first does.
template <class Pixels>
__global__ void __launch_bounds__(threads) gather_block_per_row(Gather to, StepNumber step) {
  using Floats = decltype(divided(Pixels{}, 1.0f));
  const int row = static_cast<int>(blockIdx.x);
  const std::int64_t place = to.batch.place(step.value(), row);
  if (place >= to.batch.order_size) return;
  const std::int64_t example = to.batch.order[place];
  const auto* const from = reinterpret_cast<const Pixels*>(to.pixels + example * to.cols);
  auto* const x = reinterpret_cast<Floats*>(to.x + std::int64_t{row} * to.ld);
  for (int j = static_cast<int>(threadIdx.x); j < to.cols / int{sizeof(Pixels)}; j += threads) {
    // Read once an epoch: keep what the step needs in cache.
    x[j] = divided(__ldcs(from + j), to.divisor);
  }
}

}  // namespace

void gather(cudaStream_t stream, const Gather& to, StepNumber step) {
  const Grid grid{.blocks = {static_cast<unsigned>(to.batch.rows)}, .threads = {threads}};
  launch(stream, grid, to.cols % 4 == 0 ? gather_block_per_row<uchar4> : gather_block_per_row<std::uint8_t>,
         to, step);
}

}  // namespace duet::cuda
