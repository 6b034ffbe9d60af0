// The library's handle, its version and the names of its answers.
#include <fmt/format.h>

#include "tests/cuda_double/cublaslt/descriptors.h"
#include "tests/cuda_double/library_handles.h"
#include "tests/cuda_double/runtime/api.h"

namespace duet::cuda_double {
namespace {

struct Library {};
LibraryHandles<Library> libraries;

struct Named {
  cublasStatus_t status;
  const char *name, *text;
};
constexpr Named statuses[] = {
    {CUBLAS_STATUS_SUCCESS, "CUBLAS_STATUS_SUCCESS", "success"},
    {CUBLAS_STATUS_NOT_INITIALIZED, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"},
    {CUBLAS_STATUS_ALLOC_FAILED, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
    {CUBLAS_STATUS_INVALID_VALUE, "CUBLAS_STATUS_INVALID_VALUE",
     "an unsupported value or parameter was passed to the function"},
    {CUBLAS_STATUS_ARCH_MISMATCH, "CUBLAS_STATUS_ARCH_MISMATCH",
     "the function requires an architectural feature absent from the device"},
    {CUBLAS_STATUS_MAPPING_ERROR, "CUBLAS_STATUS_MAPPING_ERROR", "an access to GPU memory space failed"},
    {CUBLAS_STATUS_EXECUTION_FAILED, "CUBLAS_STATUS_EXECUTION_FAILED",
     "the function failed to launch on the GPU"},
    {CUBLAS_STATUS_INTERNAL_ERROR, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed"},
    {CUBLAS_STATUS_NOT_SUPPORTED, "CUBLAS_STATUS_NOT_SUPPORTED",
     "the requested functionality is not supported"},
    {CUBLAS_STATUS_LICENSE_ERROR, "CUBLAS_STATUS_LICENSE_ERROR", "the license check failed"},
};

Named named(cublasStatus_t status) {
  for (const Named& one : statuses) {
    if (one.status == status) return one;
  }
  return {status, "unrecognized status", "unrecognized status"};
}

}  // namespace

cublasStatus_t check_handle(cublasLtHandle_t handle, const char* call) {
  if (libraries.find(handle) != nullptr) return CUBLAS_STATUS_SUCCESS;
  return forbidden(fmt::format("{}: {} is no living handle", call, static_cast<const void*>(handle)),
                   CUBLAS_STATUS_NOT_INITIALIZED);
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

// On an H100, a capture was invalid at its end in which a handle, a stream and memory had been made and given
// back. Streams and memory are allowed there.
cublasStatus_t cublasLtCreate(cublasLtHandle_t* made) {
  if (fails_by_injection(__func__)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (made == nullptr) return forbidden("cublasLtCreate: nowhere to put the handle");
  if (why_there_is_none() != cudaSuccess) return CUBLAS_STATUS_NOT_INITIALIZED;  // no device, or no driver
  invalidate_captures();
  *made = reinterpret_cast<cublasLtHandle_t>(libraries.make({}));
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  const bool fails = fails_by_injection(__func__);
  invalidate_captures();
  if (libraries.give_back(handle)) return fails ? CUBLAS_STATUS_INTERNAL_ERROR : CUBLAS_STATUS_SUCCESS;
  return forbidden(fmt::format("cublasLtDestroy: {} is no living handle", static_cast<const void*>(handle)));
}

std::size_t cublasLtGetVersion() { return CUBLAS_VERSION; }
const char* cublasLtGetStatusName(cublasStatus_t status) { return named(status).name; }
const char* cublasLtGetStatusString(cublasStatus_t status) { return named(status).text; }
