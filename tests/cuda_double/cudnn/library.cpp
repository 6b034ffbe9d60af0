#include "tests/cuda_double/cudnn/library.h"

#include <fmt/format.h>

#include "tests/cuda_double/cudnn/refusal.h"
#include "tests/cuda_double/library_handles.h"
#include "tests/cuda_double/runtime/api.h"

namespace duet::cuda_double {
namespace {

LibraryHandles<Library> libraries;

cudnnStatus_t no_library(cudnnHandle_t handle, const char* call) {
  return forbidden(fmt::format("{}: {} is no living handle", call, static_cast<const void*>(handle)));
}

}  // namespace

Library* find(cudnnHandle_t handle, const char* call) {
  Library* const library = libraries.find(handle);
  if (library == nullptr) no_library(handle, call);
  return library;
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cudnnStatus_t cudnnCreate(cudnnHandle_t* made) {
  if (fails_by_injection(__func__)) return failed(__func__, CUDNN_STATUS_NOT_INITIALIZED);
  if (made == nullptr) return forbidden("cudnnCreate: nowhere to put the handle");
  if (why_there_is_none() != cudaSuccess)
    return failed("cudnnCreate: there is no device", CUDNN_STATUS_NOT_INITIALIZED);
  *made = reinterpret_cast<cudnnHandle_t>(libraries.make({}));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  const bool fails = fails_by_injection(__func__);
  if (handle != nullptr && !libraries.give_back(handle)) return no_library(handle, __func__);
  return fails ? failed(__func__, CUDNN_STATUS_INTERNAL_ERROR) : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  if (fails_by_injection(__func__)) return failed(__func__, CUDNN_STATUS_INTERNAL_ERROR);
  Library* const library = find(handle, __func__);
  if (library == nullptr) return CUDNN_STATUS_BAD_PARAM;
  library->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

std::size_t cudnnGetVersion() { return CUDNN_VERSION; }
