#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

__device__ inline void update(const AdamStep& s, float g, float& param, float& m, float& v) {
  m = s.beta1 * m + s.one_minus_beta1 * g;
  v = s.beta2 * v + s.one_minus_beta2 * (g * g);
  param -= s.rate * m / (sqrtf(v * s.correction2) + s.epsilon);
}

// A thread owns four parameters. Reads 16 bytes a parameter and writes 12: bound by L2, or by memory where
// parameters and moments do not fit there.
__global__ void __launch_bounds__(threads) adam_thread_per_four(AdamArrays to) {
  if (to.stopped != nullptr && *to.stopped != 0) return;
  const std::int64_t i = std::int64_t{blockIdx.x} * threads + threadIdx.x;
  if (i >= to.size / 4) return;
  const AdamStep s = *to.step;
  float4& param = reinterpret_cast<float4*>(to.param)[i];
  float4& m = reinterpret_cast<float4*>(to.m)[i];
  float4& v = reinterpret_cast<float4*>(to.v)[i];
  const float4 g = reinterpret_cast<const float4*>(to.g)[i];
  float4 new_param = param, new_m = m, new_v = v;
  update(s, g.x, new_param.x, new_m.x, new_v.x);
  update(s, g.y, new_param.y, new_m.y, new_v.y);
  update(s, g.z, new_param.z, new_m.z, new_v.z);
  update(s, g.w, new_param.w, new_m.w, new_v.w);
  param = new_param;
  m = new_m;
  v = new_v;
}

}  // namespace

void adam(cudaStream_t stream, const AdamArrays& to) {
  launch(stream, {.blocks = {blocks_for(to.size / 4, threads)}, .threads = {threads}}, adam_thread_per_four, to);
}

}  // namespace duet::cuda
