#include "cuda/status.h"

#include "core/error.h"

namespace duet::cuda {

void check(cudaError_t status, std::string_view doing) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // else the next call would report this failure again
  const ErrorKind kind = status == cudaErrorMemoryAllocation ? ErrorKind::memory : ErrorKind::device;
  fail(kind, "CUDA failed at {}: {} ({})", doing, cudaGetErrorString(status), cudaGetErrorName(status));
}

void check(cublasStatus_t status, std::string_view doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  const ErrorKind kind = status == CUBLAS_STATUS_ALLOC_FAILED ? ErrorKind::memory : ErrorKind::device;
  fail(kind, "cuBLASLt failed at {}: {} ({})", doing, cublasLtGetStatusString(status),
       cublasLtGetStatusName(status));
}

}  // namespace duet::cuda
