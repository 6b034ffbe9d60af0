// A stream: things in it run one after the other.
#pragma once

#include <driver_types.h>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tests/cuda_double/runtime/handles.h"
#include "tests/cuda_double/runtime/operation.h"
#include "tests/cuda_double/runtime/queue.h"

namespace duet::cuda_double {

struct Capture;

struct Stream {
  explicit Stream(bool blocks);
  const std::uint32_t line;
  const bool blocking;  // it and the legacy stream wait for each other
  int priority = 0;
  std::uint32_t position = 0;  // of the last task
  TaskPtr last;

  // While it is captured: what the next node comes after.
  std::shared_ptr<Capture> capture;
  std::vector<std::uint32_t> tail;
};
using StreamPtr = std::shared_ptr<Stream>;

Handles<cudaStream_t, Stream>& streams();
const StreamPtr& legacy_stream();
// Null, and a report that names the call, where the handle is no stream's.
StreamPtr find_stream(cudaStream_t handle, std::string_view call);

// Behind all that is in the stream, and behind `also` (null: nothing).
TaskPtr append(Stream& stream, std::function<cudaError_t(const Task&)> run, const TaskPtr& also = nullptr);
// Appends the operation, or captures it.
cudaError_t submit(Stream& stream, Operation operation);

}  // namespace duet::cuda_double
