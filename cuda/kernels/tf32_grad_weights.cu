#include "cuda/kernels/adam_update.cuh"
#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/tf32_input.cuh"

namespace duet::cuda {
namespace {

using GradWeightTile = Tile<2, 1, 2, Along::outer, Along::outer>;
constexpr int threads = GradWeightTile::threads, quads = GradWeightTile::cols / 4,
              rows_at_once = threads / quads;
constexpr int fours = GradWeightTile::rows / rows_at_once;  // of a thread, in a column

constexpr unsigned blocks_of(const Tf32GradWeight& layer) {
  return blocks_for(layer.out, GradWeightTile::cols) * blocks_for(layer.in, GradWeightTile::rows);
}

// A block owns 64 x 32 weights of a layer. Bound by L2: 24 bytes a weight for the update, 22 MB of the
// reference job, and 16 MB of the factors that its 470 blocks read.
__global__ void __launch_bounds__(threads, 4) tf32_grad_weight_tile(Tf32GradWeights to) {
  int number = 0;
  while (number + 1 < to.count && static_cast<int>(blockIdx.x) >= to.first_block[number + 1]) ++number;
  const Tf32GradWeight& layer = to.of[number];
  const int block = static_cast<int>(blockIdx.x) - to.first_block[number];
  const int blocks_of_row = (layer.out + GradWeightTile::cols - 1) / GradWeightTile::cols;
  const int first_row = block / blocks_of_row * GradWeightTile::rows;
  const int first_col = block % blocks_of_row * GradWeightTile::cols;

  __shared__ GradWeightTile tile;
  with_source(layer.x, [&](const auto& x) {
    tile.multiply(TileFactor{x, layer.in, layer.rows},
                  TileFactor{TileMatrix{layer.dz, layer.ld_dz}, layer.out, layer.rows}, first_row, first_col);
  });
  const int row = static_cast<int>(threadIdx.x) / quads, col = static_cast<int>(threadIdx.x) % quads * 4;
  const std::int64_t at = std::int64_t{first_row + row} * layer.ld_w + first_col + col;
  const std::int64_t stride = std::int64_t{rows_at_once} * layer.ld_w;
  const auto there = [&](int i) {
    return first_col + col < layer.out && first_row + row + i * rows_at_once < layer.in;
  };
  FourParameters before[fours];  // all asked for at once, before the barrier
#pragma unroll
  for (int i = 0; i < fours; ++i) {
    if (layer.dw == nullptr && there(i))
      before[i].load(layer.param + at + i * stride, layer.m + at + i * stride, layer.v + at + i * stride);
  }
  const bool stopped = layer.dw == nullptr && to.stopped != nullptr && *to.stopped != 0;
  __syncthreads();
  if (stopped) return;
#pragma unroll
  for (int i = 0; i < fours; ++i) {
    if (!there(i)) return;
    const float4 d = tile.at(row + i * rows_at_once, col);
    const float scale = layer.x.scale;
    const float4 g{scale * d.x, scale * d.y, scale * d.z, scale * d.w};
    if (layer.dw != nullptr) {
      *reinterpret_cast<float4*>(layer.dw + at + i * stride) = g;
    } else {
      before[i].update(*to.step, g);
      before[i].store(layer.param + at + i * stride, layer.m + at + i * stride, layer.v + at + i * stride);
    }
  }
}

}  // namespace

void tf32_grad_weights(cudaStream_t stream, Tf32GradWeights to) {
  unsigned blocks = 0;
  for (int i = 0; i < to.count; ++i) {
    to.first_block[i] = static_cast<int>(blocks);
    blocks += blocks_of(to.of[i]);
  }
  launch(stream, {.blocks = {blocks}, .threads = {threads}}, tf32_grad_weight_tile, to);
}

}  // namespace duet::cuda
