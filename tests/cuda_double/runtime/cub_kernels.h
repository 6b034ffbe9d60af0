// CUB and Thrust, as a program uses them. The buffers are the device's.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace duet::cuda_double {

cudaError_t sort_keys(const std::uint32_t* from, std::uint32_t* to, int n, cudaStream_t stream);
cudaError_t sort_pairs(const std::uint32_t* keys, std::uint32_t* sorted, const int* values, int* to, int n,
                       cudaStream_t stream);
// Of 0 <= value < 256, one bin each.
cudaError_t histogram(const std::uint8_t* values, int* bins, int n, cudaStream_t stream);
void thrust_sort(float* values, int n, cudaStream_t stream);

}  // namespace duet::cuda_double
