// The capture of streams into a graph, and what is forbidden beside it: "Creating a Graph Using Stream
// Capture" of the CUDA C++ Programming Guide.
#pragma once

#include <thread>

#include "tests/cuda_double/runtime/event.h"
#include "tests/cuda_double/runtime/graph.h"
#include "tests/cuda_double/runtime/stream.h"

namespace duet::cuda_double {

struct Capture {
  std::uint64_t id = 0;
  cudaStreamCaptureMode mode{};
  std::thread::id thread;
  const Stream* origin = nullptr;
  bool invalidated = false, over = false;
  std::shared_ptr<Graph> graph;
  std::vector<StreamPtr> streams;  // that have joined, the origin first
};

cudaError_t begin_capture(const StreamPtr& stream, cudaStreamCaptureMode mode);
cudaError_t end_capture(Stream& stream, std::shared_ptr<Graph>& graph);
void drop_capture(Stream& stream);  // which is destroyed
cudaError_t add_node(Stream& stream, Operation operation);
// The event is recorded in a stream that is captured; a stream waits for an event, and one of them is
// captured.
cudaError_t record_in_capture(Event& event, const Stream& stream);
cudaError_t wait_in_capture(const StreamPtr& stream, const Event& event);

// The legacy stream, while one that it would wait for is captured.
bool is_legacy_beside_capture(const Stream& stream);

// What may not be done now; every capture that forbids it is invalid then.
cudaError_t refuse_legacy_beside_capture(const Stream& stream);
cudaError_t refuse_of_captured(const Stream& stream);  // to wait for it or to ask whether it is done
cudaError_t refuse_of_captured(const Event& event);
cudaError_t refuse_unsafe();     // as the modes of captures and of this thread have it
cudaError_t refuse_of_device();  // to wait for all streams

cudaStreamCaptureMode& mode_of_thread();

}  // namespace duet::cuda_double
