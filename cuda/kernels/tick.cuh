// The tick of a step as the kernel of its loss does it: one block more than the rows need makes the constants
// of the update, beside the others, which it would otherwise keep waiting: powers and divisions in double.
#pragma once

#include "cuda/kernels/clock.h"

namespace duet::cuda {

inline unsigned blocks_of_update(const Tick& tick) { return tick.adam != nullptr ? 1 : 0; }
__device__ inline bool is_block_of_update(const Tick& tick) {
  return tick.adam != nullptr && blockIdx.x == gridDim.x - 1;
}

__device__ inline void prepare_update(const Tick& tick, int step) {
  if (tick.adam != nullptr && threadIdx.x == 0) *tick.adam = adam_step(*tick.hyper, step);
}

}  // namespace duet::cuda
