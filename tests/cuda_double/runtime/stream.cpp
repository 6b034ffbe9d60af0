#include "tests/cuda_double/runtime/stream.h"

#include <fmt/format.h>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/works.h"

namespace duet::cuda_double {
namespace {

std::uint32_t next_line() {
  static std::uint32_t next = 0;
  return next++;
}

}  // namespace

Stream::Stream(bool blocks) : line(next_line()), blocking(blocks) {}

Handles<cudaStream_t, Stream>& streams() {
  static auto& all = *new Handles<cudaStream_t, Stream>;
  return all;
}

const StreamPtr& legacy_stream() {
  static const auto& legacy = *new StreamPtr(std::make_shared<Stream>(false));
  return legacy;
}

StreamPtr find_stream(cudaStream_t handle, std::string_view call) {
  if (handle == nullptr || handle == cudaStreamLegacy) return legacy_stream();
  if (handle == cudaStreamPerThread) {
    thread_local const auto of_thread = std::make_shared<Stream>(true);
    return of_thread;
  }
  StreamPtr stream = streams().find(handle);
  if (stream == nullptr) report(Check::misuse, fmt::format("{}: no stream, or one that was destroyed", call));
  return stream;
}

TaskPtr append(Stream& stream, std::function<cudaError_t(const Task&)> run, const TaskPtr& also) {
  Queue& queue = Queue::instance();
  const auto task = std::make_shared<Task>();
  task->place = {stream.line, ++stream.position};
  task->in_blocking_stream = stream.blocking;
  task->run = std::move(run);
  queue.wait_for(*task, stream.last);
  queue.wait_for(*task, also);
  if (&stream == legacy_stream().get()) queue.wait_for_blocking_streams(*task);
  if (stream.blocking) queue.wait_for(*task, legacy_stream()->last);
  stream.last = queue.add(task);
  return stream.last;
}

cudaError_t submit(Stream& stream, Operation operation) {
  if (stream.capture != nullptr) return add_node(stream, std::move(operation));
  if (const cudaError_t error = refuse_legacy_beside_capture(stream); error != cudaSuccess) return error;
  append(stream,
         [operation = std::move(operation)](const Task& task) { return run_as_work(operation, task); });
  return cudaSuccess;
}

}  // namespace duet::cuda_double
