#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

__device__ inline float moment(float beta, float old, float one_minus_beta, float g) {
  return beta * old + one_minus_beta * g;
}
__device__ inline float change(const AdamStep& s, float m, float v) {
  return s.rate * m / (sqrtf(v * s.correction2) + s.epsilon);
}

// A thread owns four parameters. Reads 16 bytes a parameter and writes 12: bound by L2, or by memory where
// parameters and moments do not fit there.
__global__ void __launch_bounds__(threads) adam_thread_per_four(AdamArrays to) {
  if (to.stopped != nullptr && *to.stopped != 0) return;
  const std::int64_t i = std::int64_t{blockIdx.x} * threads + threadIdx.x;
  if (i >= to.size / 4) return;
  const AdamStep s = *to.step;
  const float4 g = reinterpret_cast<const float4*>(to.g)[i];
  float4* const param = reinterpret_cast<float4*>(to.param) + i;
  float4* const m = reinterpret_cast<float4*>(to.m) + i;
  float4* const v = reinterpret_cast<float4*>(to.v) + i;
  float4 new_param = *param, new_m = *m, new_v = *v;
  new_m = {moment(s.beta1, new_m.x, s.one_minus_beta1, g.x), moment(s.beta1, new_m.y, s.one_minus_beta1, g.y),
           moment(s.beta1, new_m.z, s.one_minus_beta1, g.z),
           moment(s.beta1, new_m.w, s.one_minus_beta1, g.w)};
  new_v = {moment(s.beta2, new_v.x, s.one_minus_beta2, g.x * g.x),
           moment(s.beta2, new_v.y, s.one_minus_beta2, g.y * g.y),
           moment(s.beta2, new_v.z, s.one_minus_beta2, g.z * g.z),
           moment(s.beta2, new_v.w, s.one_minus_beta2, g.w * g.w)};
  *m = new_m;
  *v = new_v;
  new_param.x -= change(s, new_m.x, new_v.x);
  new_param.y -= change(s, new_m.y, new_v.y);
  new_param.z -= change(s, new_m.z, new_v.z);
  new_param.w -= change(s, new_m.w, new_v.w);
  *param = new_param;
}

}  // namespace

void adam(cudaStream_t stream, const AdamArrays& to) {
  launch(stream, {.blocks = {blocks_for(to.size / 4, threads)}, .threads = {threads}}, adam_thread_per_four,
         to);
}

}  // namespace duet::cuda
