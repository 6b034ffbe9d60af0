// Whether there is a GPU to work with, and if not, why.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

namespace duet::cuda {

// At least 1. Throws Error(device), with what is missing, where no device can be used.
int count_devices();

cudaDeviceProp properties_of(int ordinal);
// Throws Error(device) where the device is older than what CUDA 13 compiles for.
void check_capability(const cudaDeviceProp& device);

std::string driver_text();   // "for CUDA 13.0"
std::string toolkit_text();  // "CUDA 13.0, cuBLASLt 13.1.0"

// All that the fastest algorithms depend on beside the product: the device, its driver, the library.
std::string tuned_as(const cudaDeviceProp& device);

}  // namespace duet::cuda
