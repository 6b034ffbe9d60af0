// The CUDA backend.
#pragma once

#include <memory>

#include "core/cuda_module.h"

namespace duet::cuda {

// Throws Error(device) when the device cannot be used.
std::unique_ptr<Backend> make_backend(const CudaRequest& request);

}  // namespace duet::cuda
