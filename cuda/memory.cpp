#include "cuda/memory.h"

#include "core/error.h"

namespace duet::cuda {
namespace {

// `advice` ends the sentence where there is no room.
DeviceMemory allocate(std::size_t bytes, const char* advice) {
  void* data = nullptr;
  const cudaError_t status = cudaMalloc(&data, bytes);
  if (status == cudaErrorMemoryAllocation) {
    constexpr double mib = 1 << 20;
    cudaGetLastError();
    std::size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    fail(ErrorKind::memory, "the device has no room for {:.1f} MiB: {:.0f} of its {:.0f} MiB are free{}",
         static_cast<double>(bytes) / mib, static_cast<double>(free) / mib, static_cast<double>(total) / mib,
         advice);
  }
  check(status, "allocating memory");
  return DeviceMemory(data);
}

}  // namespace

PinnedMemory pin(std::size_t bytes) {
  void* pinned = nullptr;
  check(cudaMallocHost(&pinned, bytes), "pinning memory");
  return PinnedMemory(pinned);
}

MemoryOfDevice memory_of_device() {
  MemoryOfDevice memory{};
  check(cudaMemGetInfo(&memory.free, &memory.total), "asking how much memory is free");
  return memory;
}

DeviceMemory allocate_device(std::size_t bytes) { return allocate(bytes, ""); }

DeviceMemory allocate_zeroed(std::size_t bytes, cudaStream_t stream) {
  DeviceMemory memory =
      allocate(bytes, "; use fewer examples, smaller layers or a smaller --batch, or --device cpu");
  if (bytes > 0) check(cudaMemsetAsync(memory.get(), 0, bytes, stream), "clearing memory");
  return memory;
}

}  // namespace duet::cuda
