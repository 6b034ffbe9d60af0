#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/event.h"
#include "tests/cuda_double/runtime/stream.h"
#include "tests/cuda_double/runtime/tally.h"

namespace duet::cuda_double {

Handles<cudaEvent_t, Event>& events() {
  static auto& all = *new Handles<cudaEvent_t, Event>;
  return all;
}

std::shared_ptr<Event> find_event(cudaEvent_t handle, std::string_view call) {
  std::shared_ptr<Event> event = events().find(handle);
  if (event == nullptr) report(Check::misuse, fmt::format("{}: no event, or one that was destroyed", call));
  return event;
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;

namespace {

cudaError_t create(cudaEvent_t* made, unsigned flags) {
  if (made == nullptr) return cudaErrorInvalidValue;
  if ((flags & cudaEventInterprocess) != 0) return refuse_unknown("an event between processes");
  *made = events().add(std::make_shared<Event>(Event{.has_time = (flags & cudaEventDisableTiming) == 0}));
  return cudaSuccess;
}

// Whether the host may wait for the event, or ask about it.
cudaError_t may_ask(const Event& event) {
  if (const cudaError_t error = refuse_of_captured(event); error != cudaSuccess) return error;
  return refuse_unsafe();
}

}  // namespace

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return call("cudaEventCreate", [&] { return create(event, cudaEventDefault); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return call("cudaEventCreateWithFlags", [&] { return create(event, flags); });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return give_back("cudaEventDestroy", [&] {
    if (find_event(event, "cudaEventDestroy") == nullptr) return cudaErrorInvalidResourceHandle;
    events().remove(event);
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call("cudaEventRecord", [&] {
    const auto recorded = find_event(event, "cudaEventRecord");
    const StreamPtr into = find_stream(stream, "cudaEventRecord");
    if (recorded == nullptr || into == nullptr) return cudaErrorInvalidResourceHandle;
    if (into->capture != nullptr) return record_in_capture(*recorded, *into);
    if (const cudaError_t error = refuse_legacy_beside_capture(*into); error != cudaSuccess) return error;
    recorded->capture = nullptr;
    recorded->recorded = append(*into, nullptr);
    return cudaSuccess;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call("cudaEventSynchronize", [&] {
    const auto awaited = find_event(event, "cudaEventSynchronize");
    if (awaited == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t error = may_ask(*awaited); error != cudaSuccess) return error;
    ++tally().waits;
    Queue::instance().finish(awaited->recorded);
    return cudaSuccess;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return call("cudaEventQuery", [&] {
    const auto asked = find_event(event, "cudaEventQuery");
    if (asked == nullptr) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t error = may_ask(*asked); error != cudaSuccess) return error;
    return Queue::instance().ask(asked->recorded);
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call("cudaEventElapsedTime", [&] {
    const auto first = find_event(start, "cudaEventElapsedTime");
    const auto last = find_event(end, "cudaEventElapsedTime");
    if (first == nullptr || last == nullptr || !first->has_time || !last->has_time) {
      return cudaErrorInvalidResourceHandle;
    }
    if (first->capture != nullptr || last->capture != nullptr) return cudaErrorCapturedEvent;
    if (first->recorded == nullptr || last->recorded == nullptr) return cudaErrorInvalidResourceHandle;
    if (!first->recorded->done || !last->recorded->done) return cudaErrorNotReady;
    *milliseconds = static_cast<float>((last->recorded->ended - first->recorded->ended) / 1000);
    return cudaSuccess;
  });
}
