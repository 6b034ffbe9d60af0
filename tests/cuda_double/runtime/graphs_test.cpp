// Capture of streams, and graphs: what is captured, in which orders it may run, what is refused meanwhile.
#include <cstring>
#include <thread>

#include "tests/cuda_double/runtime/runtime_test.h"

namespace duet::cuda_double {
namespace {

using GraphHandle = std::unique_ptr<CUgraph_st, GiveBack<cudaGraphDestroy>>;
using ExecHandle = std::unique_ptr<CUgraphExec_st, GiveBack<cudaGraphExecDestroy>>;

constexpr std::size_t size = 64;

class Graphs : public testing::Test {
 protected:
  void begin(cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal) {
    OK(cudaStreamBeginCapture(a.get(), mode));
  }
  ExecHandle end() {
    cudaGraph_t captured = nullptr;
    EXPECT_EQ(cudaSuccess, cudaStreamEndCapture(a.get(), &captured));
    graph.reset(captured);
    cudaGraphExec_t made = nullptr;
    EXPECT_EQ(cudaSuccess, cudaGraphInstantiate(&made, captured, 0));
    return ExecHandle(made);
  }
  void expect_end(cudaError_t error) {
    cudaGraph_t captured = nullptr;
    EXPECT_EQ(error, cudaStreamEndCapture(a.get(), &captured));
    EXPECT_EQ(captured, nullptr);
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
    OK(cudaStreamIsCapturing(a.get(), &status));
    EXPECT_EQ(status, cudaStreamCaptureStatusNone);
  }
  void fill(cudaStream_t in, int value) { OK(cudaMemsetAsync(buffer.get(), value, size, in)); }
  void fork() {
    OK(cudaEventRecord(forked.get(), a.get()));
    OK(cudaStreamWaitEvent(b.get(), forked.get(), 0));
  }
  void join() {
    OK(cudaEventRecord(joined.get(), b.get()));
    OK(cudaStreamWaitEvent(a.get(), joined.get(), 0));
  }
  void run(const ExecHandle& exec) {
    OK(cudaGraphLaunch(exec.get(), a.get()));
    OK(cudaStreamSynchronize(a.get()));
  }
  std::byte last() {
    std::byte read[size];
    EXPECT_EQ(cudaSuccess, cudaMemcpy(read, buffer.get(), size, cudaMemcpyDeviceToHost));
    return read[size - 1];
  }

  const Device buffer = device(size), other = device(size);
  const StreamHandle a = stream(), b = stream();
  const EventHandle forked = event(), joined = event();
  GraphHandle graph;
};

TEST_F(Graphs, RunAsOftenAsTheyAreLaunched) {
  const Pinned from = pinned(size), to = pinned(size);
  begin();
  OK(cudaMemcpyAsync(buffer.get(), from.get(), size, cudaMemcpyHostToDevice, a.get()));
  OK(cudaMemcpyAsync(other.get(), buffer.get(), size, cudaMemcpyDeviceToDevice, a.get()));
  OK(cudaMemcpyAsync(to.get(), other.get(), size, cudaMemcpyDeviceToHost, a.get()));
  const ExecHandle exec = end();
  OK(cudaGraphUpload(exec.get(), a.get()));
  for (int value = 1; value < 4; ++value) {
    std::memset(from.get(), value, size);
    run(exec);
    EXPECT_EQ(std::memcmp(to.get(), from.get(), size), 0);
  }
  expect_no_report();
}

TEST_F(Graphs, DoNothingWhileTheyAreCaptured) {
  ON_THE_DOUBLE();
  fill(a.get(), 1);
  OK(cudaStreamSynchronize(a.get()));
  begin();
  fill(a.get(), 2);
  const ExecHandle exec = end();
  EXPECT_EQ(last(), std::byte{1});
  OK(cudaGraphLaunch(exec.get(), a.get()));
  EXPECT_EQ(last(), std::byte{1});  // a.get() does not block: nobody waited for it
  OK(cudaStreamSynchronize(a.get()));
  expect_report("race");
  EXPECT_EQ(last(), std::byte{2});
}

TEST_F(Graphs, KeepTheOrderOfStreamsAndEvents) {
  begin();
  fill(a.get(), 1);
  fork();
  fill(b.get(), 2);
  join();
  fill(a.get(), 3);
  const ExecHandle exec = end();
  run(exec);
  run(exec);
  EXPECT_EQ(last(), std::byte{3});
  expect_no_report();
}

TEST_F(Graphs, RunWhatIsInNoOrderInAnyOrder) {
  begin();
  fork();
  fill(a.get(), 1);
  OK(cudaMemsetAsync(other.get(), 2, size, b.get()));
  join();
  OK(cudaMemcpyAsync(buffer.get(), other.get(), size, cudaMemcpyDeviceToDevice, a.get()));
  const ExecHandle exec = end();
  run(exec);
  EXPECT_EQ(last(), std::byte{2});
  expect_no_report();
}

TEST_F(Graphs, RaceWhereABranchDoesNotWait) {
  ON_THE_DOUBLE();
  begin();
  fork();
  fill(a.get(), 1);
  fill(b.get(), 2);
  join();
  const ExecHandle exec = end();
  run(exec);
  expect_report("race");
}

TEST_F(Graphs, OfOneExecAreInOrderInAnyStream) {
  begin();
  fill(a.get(), 1);
  const ExecHandle exec = end();
  OK(cudaGraphLaunch(exec.get(), a.get()));
  OK(cudaGraphLaunch(exec.get(), b.get()));
  OK(cudaDeviceSynchronize());
  expect_no_report();
}

TEST_F(Graphs, OfTwoExecsAreNot) {
  ON_THE_DOUBLE();
  begin();
  fill(a.get(), 1);
  const ExecHandle exec = end();
  const GraphHandle first = std::move(graph);
  begin();
  fill(a.get(), 2);
  const ExecHandle second = end();
  OK(cudaGraphLaunch(exec.get(), a.get()));
  OK(cudaGraphLaunch(second.get(), b.get()));
  OK(cudaDeviceSynchronize());
  expect_report("race");
}

TEST_F(Graphs, AreInTheOrderOfTheirStream) {
  begin();
  fill(a.get(), 1);
  const ExecHandle exec = end();
  fill(a.get(), 2);
  OK(cudaGraphLaunch(exec.get(), a.get()));
  fill(a.get(), 3);
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(last(), std::byte{3});
  expect_no_report();
}

TEST_F(Graphs, GoOnWhenTheyAreDestroyed) {
  begin();
  fill(a.get(), 1);
  {
    const ExecHandle exec = end();
    OK(cudaGraphLaunch(exec.get(), a.get()));
    graph.reset();
  }
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(last(), std::byte{1});
}

TEST_F(Graphs, ShowTheirNodesAndEdges) {
  const Pinned on_host = pinned(size);
  begin();
  fill(a.get(), 1);
  fork();
  OK(cudaMemcpyAsync(other.get(), buffer.get(), size, cudaMemcpyDeviceToDevice, b.get()));
  OK(cudaMemcpyAsync(on_host.get(), buffer.get(), size, cudaMemcpyDeviceToHost, a.get()));
  join();
  fill(a.get(), 2);
  const ExecHandle exec = end();
  std::size_t count = 0, edges = 0;
  OK(cudaGraphGetNodes(graph.get(), nullptr, &count));
  ASSERT_EQ(count, 4u);
  cudaGraphNode_t nodes[5] = {};
  count = 5;
  OK(cudaGraphGetNodes(graph.get(), nodes, &count));
  EXPECT_EQ(count, 4u);
  EXPECT_EQ(nodes[4], nullptr);
  int fills = 0, copies = 0;
  for (int i = 0; i < 4; ++i) {
    cudaGraphNodeType type{};
    OK(cudaGraphNodeGetType(nodes[i], &type));
    fills += type == cudaGraphNodeTypeMemset;
    copies += type == cudaGraphNodeTypeMemcpy;
  }
  EXPECT_EQ(fills, 2);
  EXPECT_EQ(copies, 2);
  OK(cudaGraphGetEdges(graph.get(), nullptr, nullptr, nullptr, &edges));
  ASSERT_EQ(edges, 4u);
  cudaGraphNode_t from[4], to[4];
  OK(cudaGraphGetEdges(graph.get(), from, to, nullptr, &edges));
  for (int i = 0; i < 4; ++i) EXPECT_NE(from[i], to[i]);
  if (Double::here() != nullptr) {
    const GraphShape shape = Double::here()->last_graph();
    EXPECT_EQ(shape.nodes, 4u);
    EXPECT_EQ(shape.in_a_row, 3u);
    EXPECT_EQ(shape.kernels, 0u);
  }
}

TEST_F(Graphs, AreCounted) {
  ON_THE_DOUBLE();
  const Counters before = Double::here()->counters();
  {
    begin();
    fill(a.get(), 1);
    const ExecHandle exec = end();
    run(exec);
    EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles + 2);
    graph.reset();
  }
  EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles);
  EXPECT_EQ(Double::here()->counters().graph_launches, before.graph_launches + 1);
}

TEST_F(Graphs, ThatAreGoneAreKnownToBe) {
  ON_THE_DOUBLE();
  begin();
  fill(a.get(), 1);
  const cudaGraphExec_t exec = end().release();
  OK(cudaGraphExecDestroy(exec));
  EXPECT_EQ(cudaErrorInvalidValue, cudaGraphLaunch(exec, a.get()));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidValue, cudaGraphExecDestroy(exec));
  expect_report("misuse");
  const cudaGraph_t gone = graph.release();
  OK(cudaGraphDestroy(gone));
  EXPECT_EQ(cudaErrorInvalidValue, cudaGraphDestroy(gone));
  expect_report("misuse");
}

TEST_F(Graphs, DoNotOutliveTheirMemory) {
  ON_THE_DOUBLE();
  Device freed = device(size);
  begin();
  OK(cudaMemsetAsync(freed.get(), 1, size, a.get()));
  const ExecHandle exec = end();
  run(exec);
  freed.reset();
  expect_no_report();
  OK(cudaGraphLaunch(exec.get(), a.get()));
  EXPECT_EQ(cudaErrorIllegalAddress, cudaStreamSynchronize(a.get()));
  expect_report("bounds");
  std::quick_exit(HasFailure() ? 1 : 0);  // no call works any more, not even giving back
}

class Capture : public Graphs {
 protected:
  void expect_invalidated_by(cudaError_t expected, cudaError_t answer) {
    EXPECT_EQ(expected, answer);
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    OK(cudaStreamIsCapturing(a.get(), &status));
    EXPECT_EQ(status, cudaStreamCaptureStatusInvalidated);
    EXPECT_EQ(cudaErrorStreamCaptureInvalidated, cudaMemsetAsync(buffer.get(), 0, size, a.get()));
    expect_end(cudaErrorStreamCaptureInvalidated);
  }
  void expect_alive() {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    OK(cudaStreamIsCapturing(a.get(), &status));
    EXPECT_EQ(status, cudaStreamCaptureStatusActive);
  }
};

TEST_F(Capture, MustBeJoined) {
  begin();
  fork();
  fill(b.get(), 1);
  expect_end(cudaErrorStreamCaptureUnjoined);
  fill(b.get(), 2);  // both are streams again
  OK(cudaStreamSynchronize(b.get()));
  EXPECT_EQ(last(), std::byte{2});
}

TEST_F(Capture, EndsWhereItBegan) {
  cudaGraph_t captured = nullptr;
  EXPECT_EQ(cudaErrorIllegalState, cudaStreamEndCapture(a.get(), &captured));
  begin();
  EXPECT_EQ(cudaErrorIllegalState, cudaStreamBeginCapture(a.get(), cudaStreamCaptureModeGlobal));
  fork();
  EXPECT_EQ(cudaErrorStreamCaptureUnmatched, cudaStreamEndCapture(b.get(), &captured));
  expect_end(cudaErrorStreamCaptureInvalidated);
}

TEST_F(Capture, EndsInItsThread) {
  begin();
  std::thread([&] {
    cudaGraph_t captured = nullptr;
    EXPECT_EQ(cudaErrorStreamCaptureWrongThread, cudaStreamEndCapture(a.get(), &captured));
  }).join();
  fill(a.get(), 1);
  end();
  begin(cudaStreamCaptureModeRelaxed);
  std::thread([&] { end(); }).join();
}

TEST_F(Capture, KeepsItsNumber) {
  unsigned long long first = 0, second = 0;
  cudaStreamCaptureStatus status{};
  begin();
  OK(cudaStreamGetCaptureInfo(a.get(), &status, &first, nullptr, nullptr, nullptr, nullptr));
  EXPECT_EQ(status, cudaStreamCaptureStatusActive);
  end();
  begin();
  OK(cudaStreamGetCaptureInfo(a.get(), &status, &second, nullptr, nullptr, nullptr, nullptr));
  EXPECT_NE(first, second);
  end();
}

TEST_F(Capture, CannotBeWaitedFor) {
  begin();
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported, cudaStreamSynchronize(a.get()));
  begin();
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported, cudaStreamQuery(a.get()));
  begin();
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported, cudaDeviceSynchronize());
  begin();
  fork();
  expect_invalidated_by(cudaErrorCapturedEvent, cudaEventSynchronize(forked.get()));
  begin();
  fork();
  expect_invalidated_by(cudaErrorCapturedEvent, cudaEventQuery(forked.get()));
}

TEST_F(Capture, ForbidsUnsafeCallsByItsMode) {
  void* data = nullptr;
  begin(cudaStreamCaptureModeGlobal);
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported, cudaMalloc(&data, 4));
  begin(cudaStreamCaptureModeThreadLocal);
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported, cudaMallocHost(&data, 4));
  begin(cudaStreamCaptureModeThreadLocal);
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported,
                        cudaMemcpy(buffer.get(), other.get(), 4, cudaMemcpyDeviceToDevice));
  begin(cudaStreamCaptureModeRelaxed);
  OK(cudaMalloc(&data, 4));
  OK(cudaFree(data));
  expect_alive();
  end();
}

TEST_F(Capture, ForbidsUnsafeCallsOfOtherThreadsWhereItIsGlobal) {
  begin(cudaStreamCaptureModeThreadLocal);
  std::thread([] { OK(cudaFree(device(4).release())); }).join();
  expect_alive();
  end();
  begin(cudaStreamCaptureModeGlobal);
  std::thread([] {
    cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal;
    OK(cudaThreadExchangeStreamCaptureMode(&mode));
    EXPECT_EQ(mode, cudaStreamCaptureModeGlobal);
    OK(cudaFree(device(4).release()));
  }).join();
  expect_alive();
  cudaError_t error = cudaSuccess;
  std::thread([&] {
    void* data = nullptr;
    error = cudaMalloc(&data, 4);
  }).join();
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported, error);
}

TEST_F(Capture, TakesNoPageableMemory) {
  ON_THE_DOUBLE();
  auto data = bytes(size, 1);
  begin();
  expect_invalidated_by(cudaErrorStreamCaptureUnsupported,
                        cudaMemcpyAsync(buffer.get(), data.data(), size, cudaMemcpyHostToDevice, a.get()));
}

TEST_F(Capture, IsOfOneSequence) {
  const StreamHandle c = stream();
  begin();
  OK(cudaStreamBeginCapture(c.get(), cudaStreamCaptureModeGlobal));
  OK(cudaEventRecord(forked.get(), c.get()));
  expect_invalidated_by(cudaErrorStreamCaptureMerge, cudaStreamWaitEvent(a.get(), forked.get(), 0));
  cudaGraph_t captured = nullptr;
  EXPECT_EQ(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(c.get(), &captured));
}

TEST_F(Capture, DoesNotDependOnWhatIsNotCaptured) {
  OK(cudaEventRecord(forked.get(), b.get()));
  begin();
  expect_invalidated_by(cudaErrorStreamCaptureIsolation, cudaStreamWaitEvent(a.get(), forked.get(), 0));
}

TEST_F(Capture, IsNotOfTheLegacyStream) {
  EXPECT_EQ(cudaErrorStreamCaptureUnsupported, cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal));
  begin();
  OK(cudaMemsetAsync(other.get(), 1, size, nullptr));  // which does not wait for a.get()
  OK(cudaEventRecord(forked.get(), a.get()));
  expect_invalidated_by(cudaErrorStreamCaptureImplicit, cudaStreamWaitEvent(nullptr, forked.get(), 0));
}

TEST_F(Capture, OfAStreamThatBlocksForbidsTheLegacyStream) {
  const StreamHandle blocking = stream(cudaStreamDefault);
  OK(cudaStreamBeginCapture(blocking.get(), cudaStreamCaptureModeRelaxed));
  cudaStreamCaptureStatus status{};
  EXPECT_EQ(cudaErrorStreamCaptureImplicit, cudaStreamIsCapturing(nullptr, &status));
  OK(cudaStreamIsCapturing(blocking.get(), &status));
  EXPECT_EQ(status, cudaStreamCaptureStatusActive);
  EXPECT_EQ(cudaErrorStreamCaptureImplicit, cudaMemsetAsync(other.get(), 1, size, nullptr));
  cudaGraph_t captured = nullptr;
  EXPECT_EQ(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(blocking.get(), &captured));
}

TEST_F(Capture, EndsWithItsStream) {
  {
    const StreamHandle gone = stream();
    OK(cudaStreamBeginCapture(gone.get(), cudaStreamCaptureModeGlobal));
  }
  OK(cudaDeviceSynchronize());
}

}  // namespace
}  // namespace duet::cuda_double
