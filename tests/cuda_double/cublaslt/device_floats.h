// Floats of device memory, as a library's kernels touch them.
#pragma once

#include <cstdint>

#include "tests/cuda_double/machine/device_memory.h"

namespace duet::cuda_double {

// Null where there is no such memory, which has been reported.
inline const float* read_floats(Address from, std::int64_t count) {
  return reinterpret_cast<const float*>(
      DeviceMemory::instance().readable(from, static_cast<std::size_t>(count) * sizeof(float)));
}
inline float* write_floats(Address to, std::int64_t count) {
  return reinterpret_cast<float*>(
      DeviceMemory::instance().writable(to, static_cast<std::size_t>(count) * sizeof(float)));
}

}  // namespace duet::cuda_double
