#include "cuda/driver.h"

#include <cublasLt.h>
#include <fmt/format.h>

#include <utility>

#include "core/error.h"
#include "cuda/status.h"

namespace duet::cuda {
namespace {

constexpr std::pair oldest{7, 5};  // compute capability: Turing

int driver_version() {  // 13000 for CUDA 13.0; 0 where there is no driver
  int version = 0;
  check(cudaDriverGetVersion(&version), "asking for the driver's version");
  return version;
}

int runtime_version() {
  int version = 0;
  check(cudaRuntimeGetVersion(&version), "asking for the runtime's version");
  return version;
}

std::string text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

std::string cublas_lt_text() {
  const std::size_t version = cublasLtGetVersion();  // 130100 for 13.1.0
  return fmt::format("cuBLASLt {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

}  // namespace

int count_devices() {
  const int driver = driver_version(), runtime = runtime_version();
  if (driver == 0) fail(ErrorKind::device, "no NVIDIA driver was found");
  const int needed = runtime / 1000 * 1000;  // a runtime takes every driver of its major version
  if (driver < needed) {
    fail(ErrorKind::device, "the NVIDIA driver is too old: it is for CUDA {}, and {} is needed", text(driver),
         text(needed));
  }
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0)) {
    cudaGetLastError();
    fail(ErrorKind::device, "the NVIDIA driver sees no GPU");
  }
  check(status, "counting devices");
  return devices;
}

cudaDeviceProp properties_of(int ordinal) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, ordinal), "asking what the device is");
  return properties;
}

void check_capability(const cudaDeviceProp& device) {
  if (std::pair(device.major, device.minor) >= oldest) return;
  fail(ErrorKind::device, "{} has compute capability {}.{}, and at least {}.{} is needed", device.name,
       device.major, device.minor, oldest.first, oldest.second);
}

std::string driver_text() { return "for CUDA " + text(driver_version()); }

std::string toolkit_text() { return fmt::format("CUDA {}, {}", text(runtime_version()), cublas_lt_text()); }

std::string tuned_as(const cudaDeviceProp& device) {
  return fmt::format("{}, compute capability {}.{}, driver {}, {}", device.name, device.major, device.minor,
                     driver_text(), cublas_lt_text());
}

}  // namespace duet::cuda
