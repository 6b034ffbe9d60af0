#include "tests/cuda_double/runtime/launch.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <cstring>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/ptx/grid.h"
#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/stream.h"

namespace duet::cuda_double {
namespace {

constexpr std::uint64_t most_threads = 1024;

std::uint64_t count(const dim3& of) { return std::uint64_t{of.x} * of.y * of.z; }

cudaError_t refuse(cudaError_t error, const KernelLaunch& launch, std::string_view why) {
  report(Check::launch, fmt::format("{}: {}", launch.function.name, why));
  return error;
}

// "Technical Specifications per Compute Capability": the same for all that we know. The answer is that of
// CUDA 13 on an H100, though driver_types.h has cudaErrorInvalidConfiguration for it.
cudaError_t check_sizes(const KernelLaunch& launch) {
  const dim3 &blocks = launch.blocks, &threads = launch.threads;
  if (count(blocks) == 0 || count(threads) == 0) {
    return refuse(cudaErrorInvalidValue, launch, "a grid without blocks, or blocks without threads");
  }
  if (blocks.x > 0x7fffffff || blocks.y > 65535 || blocks.z > 65535) {
    return refuse(cudaErrorInvalidValue, launch,
                  fmt::format("a grid of {} x {} x {} blocks", blocks.x, blocks.y, blocks.z));
  }
  if (threads.x > 1024 || threads.y > 1024 || threads.z > 64 || count(threads) > most_threads) {
    return refuse(cudaErrorInvalidValue, launch,
                  fmt::format("blocks of {} x {} x {} threads", threads.x, threads.y, threads.z));
  }
  const Kernel& kernel = *launch.function.kernel;
  if (count(threads) > kernel.most_threads) {
    return refuse(
        cudaErrorLaunchOutOfResources, launch,
        fmt::format("blocks of {} threads, and launch bounds of {}", count(threads), kernel.most_threads));
  }
  const std::size_t limit = launch.function.dynamic_shared_limit();
  if (launch.dynamic_shared > limit) {
    return refuse(cudaErrorInvalidValue, launch,
                  fmt::format("{} bytes of dynamic shared memory, and only {} are allowed",
                              launch.dynamic_shared, limit));
  }
  return cudaSuccess;
}

// Programmatic launches are ordered as all others are: a dependency that is met earlier is nothing to rely
// on.
cudaError_t check_attributes(const cudaLaunchConfig_t& config) {
  for (unsigned i = 0; i < config.numAttrs; ++i) {
    switch (config.attrs[i].id) {
      case cudaLaunchAttributeIgnore:
      case cudaLaunchAttributePriority:
      case cudaLaunchAttributeProgrammaticStreamSerialization: break;
      default:
        return refuse_unknown(fmt::format("launch attribute {}", static_cast<int>(config.attrs[i].id)));
    }
  }
  return cudaSuccess;
}

cudaError_t launch(const cudaLaunchConfig_t& config, const void* stub, void** arguments) {
  const StreamPtr stream = find_stream(config.stream, "launching a kernel");
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  cudaError_t error = check_attributes(config);
  if (error != cudaSuccess) return error;
  const Function* const function = find_function(stub, error);
  // What is no kernel's stub is taken for the handle of a kernel, and is none.
  if (function == nullptr && error == cudaErrorInvalidDeviceFunction) return cudaErrorInvalidResourceHandle;
  if (function == nullptr) return error;
  const auto launch = std::make_shared<KernelLaunch>(
      KernelLaunch{stub, *function, config.gridDim, config.blockDim, config.dynamicSmemBytes, {}, {}});
  error = check_sizes(*launch);
  if (error != cudaSuccess) return error;
  launch->parameters.resize(function->kernel->parameter_bytes);
  for (const Parameter& parameter : function->kernel->parameters) {
    std::byte* const to = launch->parameters.data() + parameter.offset;
    std::memcpy(to, *arguments++, parameter.bytes);
    launch->arguments.push_back(to);
  }
  return submit(*stream, {OperationKind::kernel, function->name, [launch] { return launch->run(); }, launch});
}

cudaLaunchConfig_t& pushed() {
  thread_local cudaLaunchConfig_t config{};
  return config;
}

}  // namespace

cudaError_t KernelLaunch::run() const {
  const Ended ended = run_kernel({.kernel = function.kernel,
                                  .blocks = {blocks.x, blocks.y, blocks.z},
                                  .threads = {threads.x, threads.y, threads.z},
                                  .dynamic_shared = dynamic_shared,
                                  .parameters = parameters,
                                  .schedule = Queue::instance().schedule});
  switch (ended) {
    case Ended::well: return cudaSuccess;
    case Ended::illegal_address: return cudaErrorIllegalAddress;
    case Ended::misaligned_address: return cudaErrorMisalignedAddress;
    case Ended::illegal_instruction: return cudaErrorIllegalInstruction;
    case Ended::assertion: return cudaErrorAssert;
    case Ended::timeout: return cudaErrorLaunchTimeout;
  }
  return cudaErrorUnknown;
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* stub, void** arguments) {
  return call(
      "cudaLaunchKernelExC", [&] { return launch(*config, stub, arguments); }, cudaErrorLaunchFailure);
}

cudaError_t cudaLaunchKernel(const void* stub, dim3 blocks, dim3 threads, void** arguments,
                             std::size_t dynamic_shared, cudaStream_t stream) {
  cudaLaunchConfig_t config{};
  config.gridDim = blocks;
  config.blockDim = threads;
  config.dynamicSmemBytes = dynamic_shared;
  config.stream = stream;
  return call(
      "cudaLaunchKernel", [&] { return launch(config, stub, arguments); }, cudaErrorLaunchFailure);
}

// What nvcc makes of kernel<<<...>>>(...) (crt/host_runtime.h): pushed, then popped by the stub, which
// launches.
extern "C" {

unsigned __cudaPushCallConfiguration(dim3 blocks, dim3 threads, std::size_t dynamic_shared,
                                     CUstream_st* stream) {
  pushed() = {};
  pushed().gridDim = blocks;
  pushed().blockDim = threads;
  pushed().dynamicSmemBytes = dynamic_shared;
  pushed().stream = stream;
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* blocks, dim3* threads, std::size_t* dynamic_shared,
                                       void* stream) {
  *blocks = pushed().gridDim;
  *threads = pushed().blockDim;
  *dynamic_shared = pushed().dynamicSmemBytes;
  *static_cast<cudaStream_t*>(stream) = pushed().stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* stub) {
  *kernel = static_cast<cudaKernel_t>(const_cast<void*>(stub));
  return cudaSuccess;
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 blocks, dim3 threads, void** arguments,
                               std::size_t dynamic_shared, cudaStream_t stream) {
  return cudaLaunchKernel(kernel, blocks, threads, arguments, dynamic_shared, stream);
}

}  // extern "C"
