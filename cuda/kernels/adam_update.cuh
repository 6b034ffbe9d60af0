// Adam of core/ops.h for four neighbouring parameters.
#pragma once

#include "core/adam_step.h"

namespace duet::cuda {

__device__ inline void update(const AdamStep& s, float g, float& param, float& m, float& v) {
  m = s.beta1 * m + s.one_minus_beta1 * g;
  v = s.beta2 * v + s.one_minus_beta2 * (g * g);
  param -= s.rate * m / (sqrtf(v * s.correction2) + s.epsilon);
}

struct FourParameters {
  float4 param, m, v;

  __device__ void load(const float* param_at, const float* m_at, const float* v_at) {
    param = *reinterpret_cast<const float4*>(param_at);
    m = *reinterpret_cast<const float4*>(m_at);
    v = *reinterpret_cast<const float4*>(v_at);
  }
  __device__ void update(const AdamStep& s, float4 g) {
    cuda::update(s, g.x, param.x, m.x, v.x);
    cuda::update(s, g.y, param.y, m.y, v.y);
    cuda::update(s, g.z, param.z, m.z, v.z);
    cuda::update(s, g.w, param.w, m.w, v.w);
  }
  __device__ void store(float* param_at, float* m_at, float* v_at) const {
    *reinterpret_cast<float4*>(param_at) = param;
    *reinterpret_cast<float4*>(m_at) = m;
    *reinterpret_cast<float4*>(v_at) = v;
  }
};

}  // namespace duet::cuda
