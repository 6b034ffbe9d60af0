// Capture of streams: how it ends, and what is refused meanwhile.
#include <thread>

#include "tests/cuda_double/runtime/graph_fixture.h"

namespace duet::cuda_double {
namespace {

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
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
  OK(cudaStreamIsCapturing(a.get(), &status));
  EXPECT_EQ(status, cudaStreamCaptureStatusNone) << "it is over all the same";
  fill(a.get(), 1);  // which is not captured
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(last(), std::byte{1});
}

TEST_F(Capture, EndsInAnyThreadWhereItIsRelaxed) {
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
  std::byte to[4];
  const auto forbidden = [&](const char* name, cudaStreamCaptureMode mode, const auto& call) {
    SCOPED_TRACE(name);
    begin(mode);
    expect_invalidated_by(cudaErrorStreamCaptureUnsupported, call());
  };
  forbidden("cudaMalloc", cudaStreamCaptureModeGlobal, [&] { return cudaMalloc(&data, 4); });
  forbidden("cudaMallocHost", cudaStreamCaptureModeThreadLocal, [&] { return cudaMallocHost(&data, 4); });
  // The double is stricter: an H100 (driver 580) lets copies pass.
  if (Double::here() != nullptr) {
    forbidden("cudaMemcpy to the host", cudaStreamCaptureModeThreadLocal,
              [&] { return cudaMemcpy(to, buffer.get(), 4, cudaMemcpyDeviceToHost); });
    forbidden("cudaMemcpy", cudaStreamCaptureModeThreadLocal,
              [&] { return cudaMemcpy(buffer.get(), other.get(), 4, cudaMemcpyDeviceToDevice); });
  }
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
