#include "cuda/capture.h"

namespace duet::cuda {
namespace {

Event record(cudaStream_t stream) {
  Event event = new_event();
  check(cudaEventRecord(event.get(), stream), "recording an event");
  return event;
}

void wait(cudaStream_t stream, const Event& event) {
  check(cudaStreamWaitEvent(stream, event.get(), cudaEventWaitDefault), "waiting for an event");
}

// Starts all pieces, each in its lane, behind what it waits for. Lane 1 begins where lane 0 does, and has
// ended where that ends.
void start_all(std::span<const PlannedPiece> step, int steps, const Lanes& lanes) {
  std::vector<Piece> touched;
  for (int i = 0; i < steps; ++i) {
    for (const PlannedPiece& piece : step) touched.push_back(piece.touched);
  }
  const std::vector<Placed> placed = schedule(touched);
  std::vector<Event> done(placed.size());
  wait(lanes[1].stream, record(lanes[0].stream));
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const Lane lane = lanes[placed[i].lane];
    for (const int earlier : placed[i].waits_for) wait(lane.stream, done[earlier]);
    step[i % step.size()].start(lane);
    if (placed[i].awaited) done[i] = record(lane.stream);
  }
  wait(lanes[0].stream, record(lanes[1].stream));
}

// A capture that a failure leaves open would refuse all that its stream is asked for later.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    // Relaxed: a kernel's first start may load its code, which no other mode allows.
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "beginning a graph");
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() {
    if (stream_ == nullptr) return;
    cudaGraph_t unfinished = nullptr;
    ignore(cudaStreamEndCapture(stream_, &unfinished));
    const Graph owner(unfinished);
  }
  Graph end() {
    return create<Graph>(
        [&](cudaGraph_t* graph) { return cudaStreamEndCapture(std::exchange(stream_, nullptr), graph); },
        "ending a graph");
  }

 private:
  cudaStream_t stream_;
};

}  // namespace

GraphExec capture(std::span<const PlannedPiece> step, int steps, const Lanes& lanes) {
  Capture recording(lanes.main());
  start_all(step, steps, lanes);
  const Graph graph = recording.end();
  GraphExec made = create<GraphExec>(
      [&](cudaGraphExec_t* exec) { return cudaGraphInstantiate(exec, graph.get(), 0); }, "making a graph");
  check(cudaGraphUpload(made.get(), lanes.main()), "loading a graph");
  return made;
}

void launch(const GraphExec& graph, const Lane& lane) {
  check(cudaGraphLaunch(graph.get(), lane.stream), "starting a graph");
}

}  // namespace duet::cuda
