// cuDNN's handle: a stream.
#pragma once

#include <cudnn.h>

namespace duet::cuda_double {

struct Library {
  cudaStream_t stream = nullptr;
};

// Null, and a refusal that names the call, where it is no living handle.
Library* find(cudnnHandle_t handle, const char* call);

}  // namespace duet::cuda_double
