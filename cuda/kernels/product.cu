#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int tile = 16;

// A block owns 16 x 16 elements, a thread one of them. Factors come through shared memory by tiles of 16
// x 16. For products that the library has no algorithm for: bound by shared memory, far from what cuBLASLt
// reaches.
__global__ void __launch_bounds__(tile* tile) product_thread_per_element(ProductOperands to) {
  __shared__ float a[tile][tile + 1], b[tile][tile + 1];
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const int row = static_cast<int>(blockIdx.y) * tile + y, col = static_cast<int>(blockIdx.x) * tile + x;
  float sum = 0;
  for (int first = 0; first < to.depth; first += tile) {
    a[y][x] = to.a.at(row, first + x, to.rows, to.depth);
    b[y][x] = to.b.at(first + y, col, to.depth, to.cols);
    __syncthreads();
#pragma unroll
    for (int k = 0; k < tile; ++k) sum += a[y][k] * b[k][x];
    __syncthreads();
  }
  if (row < to.rows && col < to.cols) to.d[std::int64_t{row} * to.ld + col] = sum;
}

}  // namespace

void product(cudaStream_t stream, const ProductOperands& to) {
  launch(stream, {.blocks = {blocks_for(to.cols, tile), blocks_for(to.rows, tile)}, .threads = {tile, tile}},
         product_thread_per_element, to);
}

}  // namespace duet::cuda
