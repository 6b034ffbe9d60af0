#include <cuda_runtime_api.h>

#include <algorithm>

#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/event.h"
#include "tests/cuda_double/runtime/stream.h"
#include "tests/cuda_double/runtime/tally.h"

using namespace duet::cuda_double;

namespace {

// As an H100 answers; smaller is more urgent.
constexpr int least_priority = 0, greatest_priority = -5;

cudaError_t create(cudaStream_t* made, unsigned flags, int priority) {
  if (made == nullptr || (flags & ~unsigned{cudaStreamNonBlocking}) != 0) return cudaErrorInvalidValue;
  const auto stream = std::make_shared<Stream>((flags & cudaStreamNonBlocking) == 0);
  stream->priority = std::clamp(priority, greatest_priority, least_priority);
  *made = streams().add(stream);
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return call("cudaStreamCreate", [&] { return create(stream, cudaStreamDefault, least_priority); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return call("cudaStreamCreateWithFlags", [&] { return create(stream, flags, least_priority); });
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  return call("cudaStreamCreateWithPriority", [&] { return create(stream, flags, priority); });
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  return call("cudaDeviceGetStreamPriorityRange", [&] {
    if (least != nullptr) *least = least_priority;
    if (greatest != nullptr) *greatest = greatest_priority;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  return call("cudaStreamGetPriority", [&] {
    const StreamPtr found = find_stream(stream, "cudaStreamGetPriority");
    if (found == nullptr) return cudaErrorInvalidResourceHandle;
    *priority = found->priority;
    return cudaSuccess;
  });
}

// What is in it goes on to its end.
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return give_back("cudaStreamDestroy", [&] {
    const StreamPtr found = find_stream(stream, "cudaStreamDestroy");
    if (found == nullptr || streams().find(stream) == nullptr) return cudaErrorInvalidResourceHandle;
    drop_capture(*found);
    streams().remove(stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call("cudaStreamSynchronize", [&] {
    const StreamPtr found = find_stream(stream, "cudaStreamSynchronize");
    if (found == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t error = refuse_of_captured(*found); error != cudaSuccess) return error;
    if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
    ++tally().waits;
    Queue::instance().finish(found->last);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return call("cudaStreamQuery", [&] {
    const StreamPtr found = find_stream(stream, "cudaStreamQuery");
    if (found == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t error = refuse_of_captured(*found); error != cudaSuccess) return error;
    if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
    return Queue::instance().ask(found->last);
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  return call("cudaStreamWaitEvent", [&] {
    const StreamPtr waiting = find_stream(stream, "cudaStreamWaitEvent");
    const auto awaited = find_event(event, "cudaStreamWaitEvent");
    if (waiting == nullptr || awaited == nullptr) return cudaErrorInvalidResourceHandle;
    if (flags != cudaEventWaitDefault) return refuse_unknown("cudaStreamWaitEvent with a flag");
    if (waiting->capture != nullptr || awaited->capture != nullptr) return wait_in_capture(waiting, *awaited);
    if (const cudaError_t error = refuse_legacy_beside_capture(*waiting); error != cudaSuccess) return error;
    if (awaited->recorded != nullptr) append(*waiting, nullptr, awaited->recorded);
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return call("cudaDeviceSynchronize", [&] {
    if (const cudaError_t error = refuse_of_device(); error != cudaSuccess) return error;
    ++tally().waits;
    Queue::instance().finish_all();
    return cudaSuccess;
  });
}
