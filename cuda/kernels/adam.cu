#include "cuda/kernels/adam_update.cuh"
#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

// A thread owns four parameters. Reads 16 bytes a parameter and writes 12: bound by L2, or by memory where
// parameters and moments do not fit there.
__global__ void __launch_bounds__(threads, 4) adam_thread_per_four(AdamArrays to) {
  if (to.stopped != nullptr && *to.stopped != 0) return;
  const std::int64_t i = std::int64_t{blockIdx.x} * threads + threadIdx.x;
  if (i >= to.size / 4) return;
  const float4 g = reinterpret_cast<const float4*>(to.g)[i];
  FourParameters four;
  four.load(to.param + 4 * i, to.m + 4 * i, to.v + 4 * i);
  const AdamStep step = *to.step;
  four.update(step, g);
  four.store(to.param + 4 * i, to.m + 4 * i, to.v + 4 * i);
}

}  // namespace

void adam(cudaStream_t stream, const AdamArrays& to) {
  launch(stream, {.blocks = {blocks_for(to.size / 4, threads)}, .threads = {threads}}, adam_thread_per_four,
         to);
}

}  // namespace duet::cuda
