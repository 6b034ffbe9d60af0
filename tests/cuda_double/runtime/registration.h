// The kernels that the program brought, as nvcc's code registers them before main().
#pragma once

#include <driver_types.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/cuda_double/ptx/module.h"
#include "tests/cuda_double/runtime/architecture.h"

namespace duet::cuda_double {

// The kernels of one file. They are read when one of them is asked for, as the runtime loads them.
struct LoadedModule {
  const void* fat_binary = nullptr;
  bool was_read = false;
  cudaError_t error = cudaSuccess;  // why there are no kernels
  Module module{};
};

struct Function {
  std::shared_ptr<LoadedModule> module;
  std::string device_name;                           // mangled, as in PTX
  std::string name;                                  // as people write it, without its parameters
  std::optional<std::size_t> most_dynamic_shared{};  // where the program has opted in
  const Kernel* kernel = nullptr;                    // of the module; set by find_function

  std::size_t dynamic_shared_limit() const {
    return most_dynamic_shared.value_or(shared_without_opt_in - kernel->static_shared);
  }
};

// By the address of the function that stands for the kernel on the host. Null, and the reason, where it
// cannot be launched.
Function* find_function(const void* stub, cudaError_t& error);

}  // namespace duet::cuda_double
