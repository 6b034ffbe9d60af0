#include "cuda/driver.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "core/error.h"
#include "cuda/status.h"

namespace duet::cuda {
namespace {

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

}  // namespace

int count_devices() {
  int driver = 0, runtime = 0;
  check(cudaDriverGetVersion(&driver), "asking for the driver's version");  // 0: there is none
  check(cudaRuntimeGetVersion(&runtime), "asking for the runtime's version");
  if (driver == 0) fail(ErrorKind::device, "no NVIDIA driver was found; install it, or use --device cpu");
  if (driver / 1000 < runtime / 1000) {  // within a major version the runtime takes any driver
    fail(ErrorKind::device,
         "the NVIDIA driver is too old: it is for CUDA {}, and {} is needed; update it, or use --device cpu",
         version_text(driver), version_text(runtime / 1000 * 1000));
  }
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0)) {
    cudaGetLastError();
    fail(ErrorKind::device, "the NVIDIA driver sees no CUDA device; use --device cpu");
  }
  check(status, "counting devices");
  return devices;
}

}  // namespace duet::cuda
