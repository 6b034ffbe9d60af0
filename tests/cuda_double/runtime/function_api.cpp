// What is asked about kernels.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/architecture.h"
#include "tests/cuda_double/runtime/registration.h"

using namespace duet::cuda_double;

namespace {

template <class Body>
cudaError_t call_for_function(std::string_view name, const void* stub, const Body& body) {
  return call(name, [&] {
    cudaError_t error = cudaSuccess;
    Function* const function = find_function(stub, error);
    return function != nullptr ? body(*function) : error;
  });
}

cudaError_t allow_dynamic_shared(Function& function, int bytes) {
  const std::size_t limit = architecture().shared_for_block;
  if (bytes < 0 || static_cast<std::size_t>(bytes) + function.kernel->static_shared > limit) {
    return cudaErrorInvalidValue;
  }
  function.most_dynamic_shared = static_cast<std::size_t>(bytes);
  return cudaSuccess;
}

int round_up(int value, int to) { return (value + to - 1) / to * to; }

// Blocks of a multiprocessor at a time, by its threads, its shared memory and its registers.
int occupancy(const Function& function, int threads, std::size_t dynamic_shared) {
  const Architecture& device = architecture();
  const int of_warps = round_up(threads, 32);
  const std::size_t shared = function.kernel->static_shared + dynamic_shared + device.reserved_for_system;
  int blocks = std::min(device.blocks, device.threads / of_warps);
  blocks = std::min(blocks, registers_of_multiprocessor / (registers_of_thread * of_warps));
  if (shared > 0) blocks = std::min(blocks, static_cast<int>(device.shared / shared));
  return blocks;
}

}  // namespace

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* stub) {
  return call_for_function("cudaFuncGetAttributes", stub, [&](const Function& function) {
    *attributes = {};
    attributes->sharedSizeBytes = function.kernel->static_shared;
    attributes->maxThreadsPerBlock = static_cast<int>(function.kernel->most_threads);
    attributes->numRegs = registers_of_thread;
    attributes->ptxVersion = function.module->module.target;
    attributes->binaryVersion = compute_capability();
    attributes->maxDynamicSharedSizeBytes = static_cast<int>(function.dynamic_shared_limit());
    return cudaSuccess;
  });
}

cudaError_t cudaFuncSetAttribute(const void* stub, cudaFuncAttribute attribute, int value) {
  return call_for_function("cudaFuncSetAttribute", stub, [&](Function& function) {
    switch (attribute) {
      case cudaFuncAttributeMaxDynamicSharedMemorySize: return allow_dynamic_shared(function, value);
      case cudaFuncAttributePreferredSharedMemoryCarveout: return cudaSuccess;  // a wish about speed
      default: return refuse_unknown(fmt::format("function attribute {}", static_cast<int>(attribute)));
    }
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, const void* stub, int threads,
                                                                   std::size_t dynamic_shared, unsigned) {
  return call_for_function("cudaOccupancyMaxActiveBlocksPerMultiprocessor", stub,
                           [&](const Function& function) {
                             if (blocks == nullptr || threads <= 0) return cudaErrorInvalidValue;
                             *blocks = occupancy(function, threads, dynamic_shared);
                             return cudaSuccess;
                           });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* stub, int threads,
                                                          std::size_t dynamic_shared) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, stub, threads, dynamic_shared,
                                                                cudaOccupancyDefault);
}
