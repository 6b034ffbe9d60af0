// What a stream runs, or a graph keeps and runs at each launch.
#pragma once

#include <driver_types.h>

#include <functional>
#include <memory>
#include <string>

namespace duet::cuda_double {

struct KernelLaunch;  // launch.h

enum class OperationKind { kernel, library_call, copy, fill };

struct Operation {
  OperationKind kind{};
  std::string name;                              // for reports
  std::function<cudaError_t()> run{};            // an error is the device's, for good
  std::shared_ptr<const KernelLaunch> kernel{};  // of kernels
  double microseconds = 1;                       // that it takes by the device's clock
};

}  // namespace duet::cuda_double
