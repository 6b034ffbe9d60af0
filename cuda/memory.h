// Memory of the device.
#pragma once

#include <cstddef>

#include "cuda/handle.h"

namespace duet::cuda {

// What is in it when it is new is not defined. It goes when all that was started before is done with it:
// cudaFree waits for the device.
using DeviceMemory = std::unique_ptr<void, GiveBack<cudaFree>>;

std::size_t free_device_memory();  // of the current device, in bytes

// Throws Error(memory), with what is free, where the device has less than `bytes` left.
DeviceMemory allocate_device(std::size_t bytes);
// The same with all zero, for what the stream does from now on.
DeviceMemory allocate_zeroed(std::size_t bytes, cudaStream_t stream);

}  // namespace duet::cuda
