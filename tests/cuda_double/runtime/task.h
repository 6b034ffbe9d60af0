// Something in a stream: an operation, the launch of a graph, a mark that an event is or waits for.
#pragma once

#include <driver_types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "tests/cuda_double/runtime/clock.h"

namespace duet::cuda_double {

struct Task;
using TaskPtr = std::shared_ptr<Task>;

struct Task {
  std::uint64_t number = 0;  // in the order in which the host enqueued them
  Place place;
  Clock clock;  // what is done before it, and itself
  bool in_blocking_stream = false;
  std::function<cudaError_t(const Task&)> run;  // empty: a mark
  std::vector<TaskPtr> waits_for;               // of those that were not done when it was enqueued
  bool done = false;
  bool was_asked_for = false;  // by a query, which was told that it is not done
  double ended = 0;            // microseconds by the device's clock
};

}  // namespace duet::cuda_double
