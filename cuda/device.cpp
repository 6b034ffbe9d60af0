#include "cuda/device.h"

#include <fmt/format.h>

#include "core/error.h"
#include "cuda/driver.h"

namespace duet::cuda {
namespace {

cudaDeviceProp open(int ordinal) {
  const int devices = count_devices();
  if (ordinal >= devices) {
    fail(ErrorKind::device, "the NVIDIA driver sees {} GPU{}, counted from 0", devices,
         devices == 1 ? "" : "s");
  }
  const cudaDeviceProp properties = properties_of(ordinal);
  check_capability(properties);
  check(cudaSetDevice(ordinal), "opening the device");
  return properties;
}

Precision chosen(std::optional<Precision> asked, const cudaDeviceProp& device) {
  const bool has_tf32 = device.major >= 8;
  if (asked == Precision::tf32 && !has_tf32) { fail(ErrorKind::device, "{} has no TF32", device.name); }
  return asked.value_or(has_tf32 ? Precision::tf32 : Precision::fp32);
}

// As NVIDIA recommends for cuBLAS: 32 MiB from Hopper on, 4 MiB before.
std::size_t workspace_bytes(const cudaDeviceProp& device) {
  return std::size_t{device.major >= 9 ? 32U : 4U} << 20;
}

}  // namespace

Device::Device(const CudaRequest& request) : Device(request, open(request.ordinal)) {}

Device::Device(const CudaRequest& request, const cudaDeviceProp& properties)
    : ordinal_(request.ordinal),
      name_(properties.name),
      tuned_as_(cuda::tuned_as(properties)),
      tuning_(request.tuning),
      precision_(chosen(request.precision, properties)),
      lanes_(workspace_bytes(properties)),
      cublas_lt_(create<LtHandle>(cublasLtCreate, "starting cuBLASLt")) {}

const Cudnn* Device::cudnn() {
  if (!cudnn_) cudnn_ = Cudnn::load();
  return cudnn_->get();
}

}  // namespace duet::cuda
