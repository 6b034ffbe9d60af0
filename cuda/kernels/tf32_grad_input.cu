#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/tf32_tile.cuh"

namespace duet::cuda {
namespace {

using GradInputTile = Tile<1, 1, 8, Along::depth, Along::depth>;
static_assert(GradInputTile::rows == rows_of_tf32_tile && GradInputTile::cols == rows_of_tf32_tile);
static_assert(GradInputTile::threads * 4 == GradInputTile::rows * GradInputTile::cols,
              "a thread has four elements");

// A block owns 32 rows of 32 columns, and sums over its rows. Bound by the reading of 32 rows of dz and of w
// from L2: at 128 x 500 by 500 x 700 128 kB a block, of which there are 88.
__global__ void __launch_bounds__(GradInputTile::threads, 1) tf32_grad_input_tile(Tf32GradInput to) {
  __shared__ GradInputTile tile;
  __shared__ alignas(16) float masked[GradInputTile::rows][GradInputTile::cols];
  const int first_row = static_cast<int>(blockIdx.y) * GradInputTile::rows;
  const int first_col = static_cast<int>(blockIdx.x) * GradInputTile::cols;
  constexpr int quads = GradInputTile::cols / 4;
  const int row = static_cast<int>(threadIdx.x) / quads, col = static_cast<int>(threadIdx.x) % quads * 4;
  const bool there = first_row + row < to.rows && first_col + col < to.in;
  float4 y{1, 1, 1, 1};  // asked for before the product
  if (there && to.y_below != nullptr)
    y = *reinterpret_cast<const float4*>(to.y_below + std::int64_t{first_row + row} * to.ld_y + first_col +
                                         col);
  tile.multiply(TileFactor{TileMatrix{to.dz, to.ld_dz}, to.rows, to.out},
                TileFactor{TileMatrix{to.w, to.ld_w}, to.in, to.out}, first_row, first_col);
  __syncthreads();
  float4 d = tile.at(row, col);
  d = {y.x > 0 ? d.x : 0, y.y > 0 ? d.y : 0, y.z > 0 ? d.z : 0, y.w > 0 ? d.w : 0};
  if (there)
    *reinterpret_cast<float4*>(to.dz_below + std::int64_t{first_row + row} * to.ld_below + first_col + col) =
        d;
  *reinterpret_cast<float4*>(&masked[row][col]) = d;
  __syncthreads();

  const int column = first_col + static_cast<int>(threadIdx.x);
  if (threadIdx.x >= GradInputTile::cols || column >= to.in) return;
  float sum = 0;
#pragma unroll
  for (int i = 0; i < GradInputTile::rows; ++i) sum += masked[i][threadIdx.x];  // zero where there is no row
  to.sums[std::int64_t{blockIdx.y} * to.in + column] = sum;
}

}  // namespace

void tf32_grad_input(cudaStream_t stream, const Tf32GradInput& to) {
  launch(stream,
         {.blocks = {blocks_for(to.in, GradInputTile::cols), blocks_for(to.rows, GradInputTile::rows)},
          .threads = {GradInputTile::threads}},
         tf32_grad_input_tile, to);
}

}  // namespace duet::cuda
