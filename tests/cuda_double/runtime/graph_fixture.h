// Two streams that are captured into a graph, which is launched.
#pragma once

#include "tests/cuda_double/runtime/runtime_test.h"

namespace duet::cuda_double {

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

}  // namespace duet::cuda_double
