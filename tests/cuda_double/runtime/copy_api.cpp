#include <cuda_runtime_api.h>

#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/copy.h"

using namespace duet::cuda_double;

namespace {

cudaError_t copy_in_stream(cudaStream_t stream, const Copy& copy, std::string_view call) {
  const StreamPtr found = find_stream(stream, call);
  return found != nullptr ? copy_async(found, copy, call) : cudaErrorInvalidResourceHandle;
}

}  // namespace

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return call("cudaMemcpy", [&] { return copy_blocking({to, from, bytes, kind}, "cudaMemcpy"); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return call("cudaMemcpyAsync", [&] {
    return copy_in_stream(stream, {to, from, bytes, kind}, "cudaMemcpyAsync");
  });
}

cudaError_t cudaMemcpy2D(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                         std::size_t width, std::size_t height, cudaMemcpyKind kind) {
  return call("cudaMemcpy2D", [&] {
    return copy_blocking({to, from, width, kind, height, to_pitch, from_pitch}, "cudaMemcpy2D");
  });
}

cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                              std::size_t width, std::size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream) {
  return call("cudaMemcpy2DAsync", [&] {
    return copy_in_stream(stream, {to, from, width, kind, height, to_pitch, from_pitch}, "cudaMemcpy2DAsync");
  });
}

// The host does not wait for it, though it is not called "async".
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  return call("cudaMemset", [&] {
    if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
    return fill(*legacy_stream(), to, value, bytes, "cudaMemset");
  });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return call("cudaMemsetAsync", [&] {
    const StreamPtr found = find_stream(stream, "cudaMemsetAsync");
    if (found == nullptr) return cudaErrorInvalidResourceHandle;
    return fill(*found, to, value, bytes, "cudaMemsetAsync");
  });
}
