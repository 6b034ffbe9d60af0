// What CUDA's libraries answer, as our error: their failures are sentences, and none passes unseen.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <string_view>

namespace duet::cuda {

// Throws Error unless all is well: memory where the device has none left, else device. `doing` continues
// "CUDA failed at ...": "starting a kernel".
void check(cudaError_t status, std::string_view doing);
void check(cublasStatus_t status, std::string_view doing);

// Of a call whose failure there is no one to tell; forgotten, or some later call would be taken for the one
// that failed.
template <class Status>
void ignore(Status /*status*/) {
  cudaGetLastError();
}

}  // namespace duet::cuda
