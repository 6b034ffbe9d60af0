// The CUDA backend.
#pragma once

#include <memory>

#include "core/cuda_module.h"

namespace duet::cuda {

// Without graphs every kernel is started for itself: for comparison. Throws Error(device) when the device
// cannot be used.
std::unique_ptr<Backend> make_backend(const CudaRequest& request, bool graphs = true);

}  // namespace duet::cuda
