#include "tests/cuda_double/runtime/library.h"

#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/stream.h"

namespace duet::cuda_double {

cudaError_t enqueue(cudaStream_t stream, LibraryCall call) {
  Queue& queue = Queue::instance();
  const std::lock_guard lock(queue.mutex);
  if (queue.failure != cudaSuccess) return queue.failure;
  const StreamPtr found = find_stream(stream, call.name);
  if (found == nullptr) return cudaErrorInvalidResourceHandle;
  return submit(*found, {.kind = OperationKind::library_call,
                         .name = std::move(call.name),
                         .run = std::move(call.run),
                         .microseconds = call.microseconds});
}

void invalidate_captures() {
  const std::lock_guard lock(Queue::instance().mutex);
  refuse_of_device();
}

}  // namespace duet::cuda_double
