#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/host_memory.h"
#include "tests/cuda_double/runtime/tally.h"

using namespace duet::cuda_double;

namespace {

DeviceMemory& device_memory() { return DeviceMemory::instance(); }

cudaError_t refuse_free(std::string_view call, const void* pointer) {
  report(Check::misuse,
         fmt::format("{}({}): not the beginning of memory that is to be freed", call, pointer));
  return cudaErrorInvalidValue;
}

}  // namespace

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  return call(
      "cudaMalloc",
      [&] {
        if (pointer == nullptr) return cudaErrorInvalidValue;
        if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
        *pointer = nullptr;
        if (bytes == 0) return cudaSuccess;
        const std::optional<Address> address = device_memory().allocate(bytes);
        if (!address) return cudaErrorMemoryAllocation;
        *pointer = reinterpret_cast<void*>(*address);
        ++tally().allocations;
        return cudaSuccess;
      },
      cudaErrorMemoryAllocation);
}

// It waits for all that was started: "may", say the documents, but Thrust frees what its kernels still use.
// What it may do only, the host must not build on: it knows of nothing that is done.
cudaError_t cudaFree(void* pointer) {
  return give_back("cudaFree", [&] {
    if (pointer == nullptr) return cudaSuccess;
    if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
    const auto address = reinterpret_cast<Address>(pointer);
    const std::optional<Allocation> allocation = device_memory().find(address);
    if (!allocation || allocation->begin != address) return refuse_free("cudaFree", pointer);
    Queue::instance().run_all();
    device_memory().free(address);
    ++tally().frees;
    return cudaSuccess;
  });
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t bytes, unsigned flags) {
  return call(
      "cudaHostAlloc",
      [&] {
        if (pointer == nullptr) return cudaErrorInvalidValue;
        if ((flags & ~unsigned{cudaHostAllocPortable}) != 0)
          return refuse_unknown("cudaHostAlloc with a flag");
        if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
        *pointer = nullptr;
        if (bytes == 0) return cudaSuccess;
        *pointer = host_memory().allocate(bytes);
        if (*pointer == nullptr) return cudaErrorMemoryAllocation;
        ++tally().allocations;
        return cudaSuccess;
      },
      cudaErrorMemoryAllocation);
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  return cudaHostAlloc(pointer, bytes, cudaHostAllocDefault);
}

cudaError_t cudaHostGetDevicePointer(void**, void*, unsigned) {
  return call("cudaHostGetDevicePointer",
              [] { return refuse_unknown("kernels that read or write memory of the host"); });
}

cudaError_t cudaFreeHost(void* pointer) {
  return give_back("cudaFreeHost", [&] {
    if (pointer == nullptr) return cudaSuccess;
    if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
    HostMemory::Block* const block = host_memory().find(pointer);
    if (block == nullptr || block->data.get() != pointer) return refuse_free("cudaFreeHost", pointer);
    block->being_freed = true;
    Queue::instance().run_all();
    host_memory().free(pointer);
    ++tally().frees;
    return cudaSuccess;
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return call("cudaMemGetInfo", [&] {
    if (free == nullptr || total == nullptr) return cudaErrorInvalidValue;
    *total = device_memory().capacity();
    *free = *total - device_memory().in_use();
    return cudaSuccess;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return call("cudaPointerGetAttributes", [&] {
    if (attributes == nullptr) return cudaErrorInvalidValue;
    *attributes = {};
    attributes->type = cudaMemoryTypeUnregistered;
    attributes->device = cudaInvalidDeviceId;
    if (device_memory().find(reinterpret_cast<Address>(pointer))) {
      attributes->type = cudaMemoryTypeDevice;
      attributes->device = 0;
      attributes->devicePointer = const_cast<void*>(pointer);
    } else if (host_memory().find(pointer) != nullptr) {
      attributes->type = cudaMemoryTypeHost;
      attributes->device = 0;
      attributes->devicePointer = attributes->hostPointer = const_cast<void*>(pointer);
    }
    return cudaSuccess;
  });
}
