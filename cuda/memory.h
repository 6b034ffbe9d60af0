// Memory of the device, and what of the host's it reaches.
#pragma once

#include <cstddef>

#include "cuda/handle.h"

namespace duet::cuda {

// What is in it when it is new is not defined. It goes when all that was started before is done with it:
// cudaFree waits for the device.
using DeviceMemory = std::unique_ptr<void, GiveBack<cudaFree>>;

// Memory of the host that the device can reach at any time.
using PinnedMemory = std::unique_ptr<void, GiveBack<cudaFreeHost>>;
PinnedMemory pin(std::size_t bytes);

// Of the current device, in bytes.
struct MemoryOfDevice {
  std::size_t free, total;
};
MemoryOfDevice memory_of_device();

// Throws Error(memory), with what is free, where the device has less than `bytes` left.
DeviceMemory allocate_device(std::size_t bytes);
// The same for what a job keeps there, whose error says what to use less of; all zero for what the stream
// does from now on.
DeviceMemory allocate_zeroed(std::size_t bytes, cudaStream_t stream);

}  // namespace duet::cuda
