#include "tests/cuda_double/runtime/api.h"

#include <cuda_runtime_api.h>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/settings.h"

namespace duet::cuda_double {

cudaError_t& last_error() {
  thread_local cudaError_t last = cudaSuccess;
  return last;
}

cudaError_t why_there_is_none() {
  if (settings().driver / 1000 < CUDART_VERSION / 1000) return cudaErrorInsufficientDriver;
  return settings().devices == 0 ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t remember(cudaError_t error) {
  if (error != cudaSuccess) last_error() = error;
  return error;
}

cudaError_t refuse_unknown(std::string_view what) {
  report(Check::unsupported, std::string(what));
  return cudaErrorNotSupported;
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;

// These two are about other calls: they are not counted, and do not fail.
cudaError_t cudaPeekAtLastError() {
  const cudaError_t none = why_there_is_none();
  return none != cudaSuccess ? none : last_error();
}

cudaError_t cudaGetLastError() {
  const cudaError_t last = cudaPeekAtLastError();
  last_error() = cudaSuccess;
  return last;
}
