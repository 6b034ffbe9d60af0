// A layer's input as a source of tiles.
#pragma once

#include "cuda/kernels/kernels.h"
#include "cuda/kernels/tf32_tile.cuh"

namespace duet::cuda {

// Calls use(source) by all threads of a block. What it makes of pixels is to be multiplied by x.scale. The
// rows' examples are asked for once, not by each fragment, which would wait for one memory after the other.
template <class Use>
__device__ inline void with_source(const Tf32Input& x, const Use& use) {
  __shared__ std::uint32_t examples[most_rows_of_tf32_tiles];
  if (x.x != nullptr) return use(TileMatrix{x.x, x.ld});
  const int step = x.step.value();
  for (int row = static_cast<int>(threadIdx.x); row < x.batch.rows; row += static_cast<int>(blockDim.x)) {
    examples[row] = x.batch.order[x.batch.place(step, row)];
  }
  __syncthreads();
  use(TilePixels{x.pixels, examples, x.ld});
}

}  // namespace duet::cuda
