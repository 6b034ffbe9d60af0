// cuDNN's tensors: four dimensions, n c h w, with a distance in floats along each.
#pragma once

#include <cudnn.h>

#include <array>
#include <cstdint>

namespace duet::cuda_double {

struct Tensor {
  std::array<std::int64_t, 4> sizes{}, strides{};  // of n, c, h, w; zeros until they are set
};

// Null, and a refusal that names the call, where it is no living descriptor, or one that was never set.
const Tensor* find(cudnnTensorDescriptor_t handle, const char* call);

}  // namespace duet::cuda_double
