#include "tests/cuda_double/runtime/capture.h"

#include <algorithm>

namespace duet::cuda_double {
namespace {

std::vector<std::shared_ptr<Capture>>& ongoing() {
  static auto& all = *new std::vector<std::shared_ptr<Capture>>;
  return all;
}

void end(Capture& capture) {
  capture.over = true;
  for (const StreamPtr& stream : capture.streams) {
    stream->capture = nullptr;
    stream->tail.clear();
  }
  capture.streams.clear();
  std::erase_if(ongoing(), [&](const auto& one) { return one.get() == &capture; });
}

// Nodes that the stream's next one would not come after.
bool leaves_work_unjoined(const Stream& stream, const Graph& graph) {
  std::vector<bool> joined(graph.nodes.size());
  for (const std::uint32_t i : stream.tail) joined[i] = true;
  for (std::size_t i = joined.size(); i-- > 0;) {
    for (const std::uint32_t j : graph.after[i]) joined[j] = joined[j] || joined[i];
  }
  return !std::all_of(joined.begin(), joined.end(), [](bool one) { return one; });
}

// Invalidates what `forbids`, and says whether there was any.
template <class Forbids>
bool invalidate_where(const Forbids& forbids) {
  bool any = false;
  for (const auto& capture : ongoing()) {
    if (!forbids(*capture)) continue;
    capture->invalidated = any = true;
  }
  return any;
}

bool has_blocking_stream(const Capture& capture) {
  return std::any_of(capture.streams.begin(), capture.streams.end(),
                     [](const StreamPtr& captured) { return captured->blocking; });
}

void add(std::vector<std::uint32_t>& tail, const std::vector<std::uint32_t>& others) {
  for (const std::uint32_t node : others) {
    if (std::find(tail.begin(), tail.end(), node) == tail.end()) tail.push_back(node);
  }
}

}  // namespace

cudaStreamCaptureMode& mode_of_thread() {
  thread_local cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  return mode;
}

cudaError_t begin_capture(const StreamPtr& stream, cudaStreamCaptureMode mode) {
  static std::uint64_t last_id = 0;
  if (stream == legacy_stream()) return cudaErrorStreamCaptureUnsupported;
  if (stream->capture != nullptr) return cudaErrorIllegalState;
  stream->capture = std::make_shared<Capture>();
  *stream->capture = {.id = ++last_id,
                      .mode = mode,
                      .thread = std::this_thread::get_id(),
                      .origin = stream.get(),
                      .graph = std::make_shared<Graph>(),
                      .streams = {stream}};
  ongoing().push_back(stream->capture);
  return cudaSuccess;
}

cudaError_t end_capture(Stream& stream, std::shared_ptr<Graph>& graph) {
  const std::shared_ptr<Capture> capture = stream.capture;
  if (capture == nullptr) return cudaErrorIllegalState;
  if (capture->mode != cudaStreamCaptureModeRelaxed && capture->thread != std::this_thread::get_id()) {
    end(*capture);  // it is over all the same, as on an H100
    return cudaErrorStreamCaptureWrongThread;
  }
  if (capture->origin != &stream) {
    capture->invalidated = true;
    return cudaErrorStreamCaptureUnmatched;
  }
  const bool unjoined = leaves_work_unjoined(stream, *capture->graph);
  end(*capture);
  if (capture->invalidated) return cudaErrorStreamCaptureInvalidated;
  if (unjoined) return cudaErrorStreamCaptureUnjoined;
  graph = capture->graph;
  return cudaSuccess;
}

void drop_capture(Stream& stream) {
  if (stream.capture == nullptr) return;
  stream.capture->invalidated = true;
  if (stream.capture->origin == &stream) end(*stream.capture);
}

cudaError_t add_node(Stream& stream, Operation operation) {
  if (stream.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
  Graph& graph = *stream.capture->graph;
  graph.nodes.push_back(std::make_shared<const Operation>(std::move(operation)));
  graph.after.push_back(stream.tail);
  stream.tail = {static_cast<std::uint32_t>(graph.nodes.size() - 1)};
  return cudaSuccess;
}

cudaError_t record_in_capture(Event& event, const Stream& stream) {
  if (stream.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
  event.recorded = nullptr;
  event.capture = stream.capture;
  event.tail = stream.tail;
  return cudaSuccess;
}

cudaError_t wait_in_capture(const StreamPtr& stream, const Event& event) {
  if (stream->capture != nullptr && stream->capture->invalidated) return cudaErrorStreamCaptureInvalidated;
  if (event.capture == nullptr) {
    if (event.recorded == nullptr) return cudaSuccess;  // never recorded: nothing to wait for
    stream->capture->invalidated = true;
    return cudaErrorStreamCaptureIsolation;  // the graph would depend on work outside it
  }
  if (event.capture->over) return cudaErrorCapturedEvent;
  if (event.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
  if (stream->capture == nullptr) {
    if (stream == legacy_stream()) {
      event.capture->invalidated = true;
      return cudaErrorStreamCaptureImplicit;
    }
    stream->capture = event.capture;
    stream->capture->streams.push_back(stream);
  } else if (stream->capture != event.capture) {
    stream->capture->invalidated = event.capture->invalidated = true;
    return cudaErrorStreamCaptureMerge;
  }
  add(stream->tail, event.tail);
  return cudaSuccess;
}

bool is_legacy_beside_capture(const Stream& stream) {
  return &stream == legacy_stream().get() &&
         std::any_of(ongoing().begin(), ongoing().end(),
                     [](const auto& one) { return has_blocking_stream(*one); });
}

cudaError_t refuse_legacy_beside_capture(const Stream& stream) {
  if (!is_legacy_beside_capture(stream)) return cudaSuccess;
  invalidate_where(has_blocking_stream);
  return cudaErrorStreamCaptureImplicit;
}

cudaError_t refuse_of_captured(const Stream& stream) {
  if (stream.capture != nullptr) {
    stream.capture->invalidated = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  return refuse_legacy_beside_capture(stream);
}

cudaError_t refuse_of_captured(const Event& event) {
  if (event.capture == nullptr) return cudaSuccess;
  event.capture->invalidated = true;
  return cudaErrorCapturedEvent;
}

cudaError_t refuse_unsafe() {
  const auto forbids = [](const Capture& capture) {
    if (mode_of_thread() == cudaStreamCaptureModeRelaxed) return false;
    if (capture.thread == std::this_thread::get_id()) return capture.mode != cudaStreamCaptureModeRelaxed;
    return mode_of_thread() == cudaStreamCaptureModeGlobal && capture.mode == cudaStreamCaptureModeGlobal;
  };
  return invalidate_where(forbids) ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

cudaError_t refuse_of_device() {
  return invalidate_where([](const Capture&) { return true; }) ? cudaErrorStreamCaptureUnsupported
                                                               : cudaSuccess;
}

}  // namespace duet::cuda_double
