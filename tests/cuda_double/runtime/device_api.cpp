#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/architecture.h"
#include "tests/cuda_double/runtime/settings.h"

using namespace duet::cuda_double;

namespace {

constexpr int most_threads_of_block = 1024;
constexpr int warp = 32;
constexpr int most_blocks_x = 0x7fffffff, most_blocks_yz = 65535;

// Answers for the one device, whose number the caller gives.
template <class Body>
cudaError_t call_for_device(std::string_view name, int device, const Body& body) {
  return call(name, [&] { return device == 0 ? body() : cudaErrorInvalidDevice; });
}

cudaError_t find_attribute(cudaDeviceAttr attribute, int& value) {
  const Architecture& device = architecture();
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor: value = device.capability / 10; break;
    case cudaDevAttrComputeCapabilityMinor: value = device.capability % 10; break;
    case cudaDevAttrMultiProcessorCount: value = device.multiprocessors; break;
    case cudaDevAttrMaxThreadsPerBlock:
    case cudaDevAttrMaxBlockDimX:
    case cudaDevAttrMaxBlockDimY: value = most_threads_of_block; break;
    case cudaDevAttrMaxBlockDimZ: value = 64; break;
    case cudaDevAttrMaxGridDimX: value = most_blocks_x; break;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ: value = most_blocks_yz; break;
    case cudaDevAttrWarpSize: value = warp; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: value = device.threads; break;
    case cudaDevAttrMaxBlocksPerMultiprocessor: value = device.blocks; break;
    case cudaDevAttrMaxRegistersPerBlock:
    case cudaDevAttrMaxRegistersPerMultiprocessor: value = registers_of_multiprocessor; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: value = static_cast<int>(shared_without_opt_in); break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: value = static_cast<int>(device.shared_for_block); break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: value = static_cast<int>(device.shared); break;
    case cudaDevAttrReservedSharedMemoryPerBlock: value = static_cast<int>(device.reserved_for_system); break;
    case cudaDevAttrL2CacheSize: value = static_cast<int>(device.l2_bytes); break;
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrStreamPrioritiesSupported:
    case cudaDevAttrUnifiedAddressing: value = 1; break;
    case cudaDevAttrIntegrated:
    case cudaDevAttrKernelExecTimeout:
    case cudaDevAttrMemoryPoolsSupported: value = 0; break;  // of the last the double has none
    default: return refuse_unknown(fmt::format("device attribute {}", static_cast<int>(attribute)));
  }
  return cudaSuccess;
}

// What is not set here is zero, where no device has zero.
void describe(cudaDeviceProp& device) {
  const Architecture& is = architecture();
  device = {};
  *fmt::format_to_n(device.name, sizeof device.name - 1, "Duet double of sm_{}", is.capability).out = '\0';
  device.totalGlobalMem = DeviceMemory::instance().capacity();
  device.major = is.capability / 10;
  device.minor = is.capability % 10;
  device.multiProcessorCount = is.multiprocessors;
  device.warpSize = warp;
  device.maxThreadsPerBlock = device.maxThreadsDim[0] = device.maxThreadsDim[1] = most_threads_of_block;
  device.maxThreadsDim[2] = 64;
  device.maxGridSize[0] = most_blocks_x;
  device.maxGridSize[1] = device.maxGridSize[2] = most_blocks_yz;
  device.maxThreadsPerMultiProcessor = is.threads;
  device.maxBlocksPerMultiProcessor = is.blocks;
  device.regsPerBlock = device.regsPerMultiprocessor = registers_of_multiprocessor;
  device.sharedMemPerBlock = shared_without_opt_in;
  device.sharedMemPerBlockOptin = is.shared_for_block;
  device.sharedMemPerMultiprocessor = is.shared;
  device.reservedSharedMemPerBlock = is.reserved_for_system;
  device.l2CacheSize = static_cast<int>(is.l2_bytes);
  device.concurrentKernels = device.streamPrioritiesSupported = device.unifiedAddressing = 1;
  device.asyncEngineCount = 2;
}

}  // namespace

cudaError_t cudaGetDeviceCount(int* count) {
  if (count != nullptr && why_there_is_none() == cudaErrorNoDevice) *count = 0;
  return call("cudaGetDeviceCount", [&] {
    if (count == nullptr) return cudaErrorInvalidValue;
    *count = settings().devices;
    return cudaSuccess;
  });
}

cudaError_t cudaSetDevice(int device) {
  return call_for_device("cudaSetDevice", device, [] { return cudaSuccess; });
}

cudaError_t cudaGetDevice(int* device) {
  return call("cudaGetDevice", [&] {
    if (device == nullptr) return cudaErrorInvalidValue;
    *device = 0;
    return cudaSuccess;
  });
}

// How the host waits: the double's host has nothing else to do.
cudaError_t cudaSetDeviceFlags(unsigned flags) {
  return call("cudaSetDeviceFlags",
              [&] { return (flags & ~unsigned{cudaDeviceMask}) == 0 ? cudaSuccess : cudaErrorInvalidValue; });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return call_for_device("cudaDeviceGetAttribute", device, [&] {
    return value != nullptr ? find_attribute(attribute, *value) : cudaErrorInvalidValue;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return call_for_device("cudaGetDeviceProperties", device, [&] {
    if (properties == nullptr) return cudaErrorInvalidValue;
    describe(*properties);
    return cudaSuccess;
  });
}

// These two need no device, and no driver: its version is 0 then.
cudaError_t cudaDriverGetVersion(int* version) {
  if (fails_by_injection("cudaDriverGetVersion")) return remember(cudaErrorUnknown);
  if (version == nullptr) return remember(cudaErrorInvalidValue);
  *version = settings().driver;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  if (fails_by_injection("cudaRuntimeGetVersion")) return remember(cudaErrorUnknown);
  if (version == nullptr) return remember(cudaErrorInvalidValue);
  *version = CUDART_VERSION;
  return cudaSuccess;
}
