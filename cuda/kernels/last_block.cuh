// Sums over all blocks of a grid without a second kernel: every block leaves its part, and the last one to
// get here adds the parts, in their order, which is not the order in which blocks end.
#pragma once

namespace duet::cuda {

// Whether this block is the last of the grid to call this; then its threads see what all blocks wrote before.
// `arrived` is zero before the kernel, and again after it. Called by all threads of a block.
__device__ inline bool is_last_block(unsigned* arrived) {
  __shared__ bool last;
  __threadfence();  // what this thread wrote comes before the count below
  __syncthreads();
  if (threadIdx.x == 0) {
    const unsigned blocks = gridDim.x * gridDim.y;
    last = atomicInc(arrived, blocks - 1) == blocks - 1;  // which wraps round to zero
  }
  __syncthreads();
  if (last) __threadfence();  // what the others wrote is read after the count
  return last;
}

}  // namespace duet::cuda
