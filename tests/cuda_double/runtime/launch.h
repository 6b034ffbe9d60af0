// The launch of a kernel, checked.
#pragma once

#include <vector_types.h>

#include <cstddef>
#include <vector>

#include "tests/cuda_double/runtime/registration.h"

namespace duet::cuda_double {

// What a stream keeps, and a graph for each of its launches.
struct KernelLaunch {
  const void* stub;
  Function function;
  dim3 blocks, threads;
  std::size_t dynamic_shared;
  std::vector<std::byte> parameters;
  std::vector<void*> arguments;  // each in the parameters
  cudaError_t run() const;
};

}  // namespace duet::cuda_double
