#include <thrust/execution_policy.h>
#include <thrust/sort.h>

#include <cub/device/device_histogram.cuh>
#include <cub/device/device_radix_sort.cuh>

#include "tests/cuda_double/runtime/cub_kernels.h"

namespace duet::cuda_double {
namespace {

// CUB's functions say first how much memory they need.
template <class Call>
cudaError_t with_scratch(const Call& call) {
  std::size_t bytes = 0;
  if (const cudaError_t error = call(nullptr, bytes); error != cudaSuccess) return error;
  void* scratch = nullptr;
  if (const cudaError_t error = cudaMalloc(&scratch, bytes); error != cudaSuccess) return error;
  const cudaError_t error = call(scratch, bytes);
  cudaFree(scratch);
  return error;
}

}  // namespace

cudaError_t sort_keys(const std::uint32_t* from, std::uint32_t* to, int n, cudaStream_t stream) {
  return with_scratch([&](void* scratch, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortKeys(scratch, bytes, from, to, n, 0, 32, stream);
  });
}

cudaError_t sort_pairs(const std::uint32_t* keys, std::uint32_t* sorted, const int* values, int* to, int n,
                       cudaStream_t stream) {
  return with_scratch([&](void* scratch, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortPairs(scratch, bytes, keys, sorted, values, to, n, 0, 32, stream);
  });
}

cudaError_t histogram(const std::uint8_t* values, int* bins, int n, cudaStream_t stream) {
  return with_scratch([&](void* scratch, std::size_t& bytes) {
    return cub::DeviceHistogram::HistogramEven(scratch, bytes, values, bins, 257, 0, 256, n, stream);
  });
}

void thrust_sort(float* values, int n, cudaStream_t stream) {
  thrust::sort(thrust::cuda::par.on(stream), values, values + n);
}

}  // namespace duet::cuda_double
