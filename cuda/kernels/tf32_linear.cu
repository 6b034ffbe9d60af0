#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/tf32_input.cuh"

namespace duet::cuda {
namespace {

using LinearTile = Tile<1, 1, 16, Along::depth, Along::outer>;

// A block owns 32 rows of 32 columns: at 128 x 700 that is 88 blocks, each of which reads 32 rows of x and 32
// columns of w. Bound by that reading from L2, 35 to 40 GB/s a multiprocessor on an H100.
__global__ void __launch_bounds__(LinearTile::threads, 1) tf32_linear_tile(Tf32Linear to) {
  __shared__ LinearTile tile;
  const int first_row = static_cast<int>(blockIdx.y) * LinearTile::rows;
  const int first_col = static_cast<int>(blockIdx.x) * LinearTile::cols;
  with_source(to.x, [&](const auto& x) {
    tile.multiply(TileFactor{x, to.rows, to.in}, TileFactor{TileMatrix{to.w, to.ld_w}, to.out, to.in},
                  first_row, first_col);
  });
  __syncthreads();
  constexpr int quads = LinearTile::cols / 4;
  const int row = static_cast<int>(threadIdx.x) / quads, col = static_cast<int>(threadIdx.x) % quads * 4;
  if (row >= LinearTile::rows || first_row + row >= to.rows || first_col + col >= to.out) return;
  const float4 d = tile.at(row, col), b = *reinterpret_cast<const float4*>(to.b + first_col + col);
  const auto act = [&](float product, float bias) {
    const float z = to.x.scale * product + bias;
    return to.relu && z < 0 ? 0.0f : z;  // not fmaxf(): a NaN must stay one
  };
  *reinterpret_cast<float4*>(to.y + std::int64_t{first_row + row} * to.ld_y + first_col + col) = {
      act(d.x, b.x), act(d.y, b.y), act(d.z, b.z), act(d.w, b.w)};
}
static_assert(LinearTile::threads * 4 >= LinearTile::rows * LinearTile::cols,
              "four elements a thread are all");

}  // namespace

void tf32_linear(cudaStream_t stream, const Tf32Linear& to) {
  launch(stream,
         {.blocks = {blocks_for(to.out, LinearTile::cols), blocks_for(to.rows, LinearTile::rows)},
          .threads = {LinearTile::threads}},
         tf32_linear_tile, to);
}

}  // namespace duet::cuda
