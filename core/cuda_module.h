// What the CUDA backend, a shared library of its own, and the rest of Duet are to each other. It is opened
// when a GPU is asked for or looked for, and stays open; so the program starts without any of NVIDIA's
// libraries.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/devices.h"

namespace duet {

struct CudaRequest {
  int ordinal = 0;                          // as CUDA counts devices
  std::optional<Precision> precision = {};  // without one: tf32 where the device has it
  bool graphs = true;                       // else every kernel is started for itself: for comparison
  Tuning tuning = {};                       // of matrix products
};

struct CudaModule {
  std::unique_ptr<Backend> (*make_backend)(const CudaRequest& request);
  std::vector<DeviceReport> (*survey)();  // every device; or one report, which says why there is none
};

// What the library exports: the build it is of (core/version.h), to be compared before any C++ is called, and
// the function that hands out the rest.
inline constexpr const char* cuda_module_build_id = "duet_cuda_build_id";  // const char*
inline constexpr const char* cuda_module_function = "duet_cuda_module";    // const CudaModule* ()

// lib/duet/duet-cuda.so in the program's folder or beside it. Throws Error(device) where it is not there, is
// of another build, or lacks a library.
const CudaModule& cuda_module();

}  // namespace duet
