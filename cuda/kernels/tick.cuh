// The constants of an update, by a block that the rows of a loss do not need: powers and divisions in double,
// for which the others would have to wait.
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
