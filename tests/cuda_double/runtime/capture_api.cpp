#include <cuda_runtime_api.h>

#include <utility>

#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"

using namespace duet::cuda_double;

namespace {

struct Status {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  unsigned long long id = 0;
};

// Asking is no use of the stream: it invalidates nothing.
cudaError_t find_status(cudaStream_t stream, Status& status) {
  const StreamPtr found = find_stream(stream, "asking for the status of a capture");
  if (found == nullptr) return cudaErrorInvalidResourceHandle;
  if (is_legacy_beside_capture(*found)) return cudaErrorStreamCaptureImplicit;
  if (found->capture == nullptr) return cudaSuccess;
  status = {found->capture->invalidated ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive,
            found->capture->id};
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return call("cudaStreamBeginCapture", [&] {
    const StreamPtr found = find_stream(stream, "cudaStreamBeginCapture");
    return found != nullptr ? begin_capture(found, mode) : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return call("cudaStreamEndCapture", [&] {
    const StreamPtr found = find_stream(stream, "cudaStreamEndCapture");
    if (found == nullptr) return cudaErrorInvalidResourceHandle;
    std::shared_ptr<Graph> captured;
    const cudaError_t error = end_capture(*found, captured);
    *graph = captured != nullptr ? add_graph(captured) : nullptr;
    return error;
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return call("cudaStreamIsCapturing", [&] {
    Status found;
    const cudaError_t error = find_status(stream, found);
    *status = found.status;
    return error;
  });
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* status,
                                     unsigned long long* id, cudaGraph_t* graph,
                                     const cudaGraphNode_t** dependencies, const cudaGraphEdgeData** edges,
                                     std::size_t* count) {
  return call("cudaStreamGetCaptureInfo", [&] {
    if (graph != nullptr || dependencies != nullptr || edges != nullptr || count != nullptr) {
      return refuse_unknown("cudaStreamGetCaptureInfo: the graph while it is captured");
    }
    Status found;
    const cudaError_t error = find_status(stream, found);
    *status = found.status;
    if (id != nullptr) *id = found.id;
    return error;
  });
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  return call("cudaThreadExchangeStreamCaptureMode", [&] {
    std::swap(*mode, mode_of_thread());
    return cudaSuccess;
  });
}
