#pragma once

#include <driver_types.h>

#include <memory>
#include <string_view>
#include <vector>

#include "tests/cuda_double/runtime/handles.h"
#include "tests/cuda_double/runtime/task.h"

namespace duet::cuda_double {

struct Capture;

struct Event {
  bool has_time = true;
  TaskPtr recorded{};  // null: never

  // Where it was recorded last in a stream that was captured: what stood before it.
  std::shared_ptr<Capture> capture{};
  std::vector<std::uint32_t> tail{};
};

Handles<cudaEvent_t, Event>& events();
// Null, and a report that names the call, where the handle is no event's.
std::shared_ptr<Event> find_event(cudaEvent_t handle, std::string_view call);

}  // namespace duet::cuda_double
