// Streams and events: what comes after what, for the device and for the host.
#include <cstring>
#include <thread>

#include "tests/cuda_double/runtime/runtime_test.h"

namespace duet::cuda_double {
namespace {

constexpr std::size_t size = 64;

// Two fills of one buffer, in two streams: a race unless something orders them.
class Streams : public testing::Test {
 protected:
  void fill(cudaStream_t in, int value) { OK(cudaMemsetAsync(buffer.get(), value, size, in)); }
  void expect_last(int value) {
    OK(cudaDeviceSynchronize());
    auto read = bytes(size, 0);
    OK(cudaMemcpy(read.data(), buffer.get(), size, cudaMemcpyDeviceToHost));
    EXPECT_EQ(read, bytes(size, value));
    expect_no_report();
  }
  void expect_race() {
    OK(cudaDeviceSynchronize());
    expect_report("race");
  }

  const Device buffer = device(size);
  const StreamHandle a = stream(), b = stream();
};

TEST_F(Streams, AreEachInOrder) {
  fill(a.get(), 1);
  fill(a.get(), 2);
  expect_last(2);
}

TEST_F(Streams, AreInNoOrderWithEachOther) {
  ON_THE_DOUBLE();
  fill(a.get(), 1);
  fill(b.get(), 2);
  expect_race();
}

TEST_F(Streams, WaitForEvents) {
  const EventHandle done = event();
  fill(a.get(), 1);
  OK(cudaEventRecord(done.get(), a.get()));
  OK(cudaStreamWaitEvent(b.get(), done.get(), 0));
  fill(b.get(), 2);
  expect_last(2);
}

TEST_F(Streams, DoNotWaitForWhatIsBehindAnEvent) {
  ON_THE_DOUBLE();
  const EventHandle early = event();
  OK(cudaEventRecord(early.get(), a.get()));
  fill(a.get(), 1);
  OK(cudaStreamWaitEvent(b.get(), early.get(), 0));
  fill(b.get(), 2);
  expect_race();
}

TEST_F(Streams, WaitForAnEventAsItWasWhenTheyWereToldTo) {
  ON_THE_DOUBLE();
  const EventHandle done = event();
  OK(cudaStreamWaitEvent(b.get(), done.get(), 0));  // never recorded: nothing
  fill(a.get(), 1);
  OK(cudaEventRecord(done.get(), a.get()));
  fill(b.get(), 2);
  expect_race();
}

TEST_F(Streams, AreInOrderByWayOfAThird) {
  const StreamHandle c = stream();
  const EventHandle first = event(), second = event();
  fill(a.get(), 1);
  OK(cudaEventRecord(first.get(), a.get()));
  OK(cudaStreamWaitEvent(c.get(), first.get(), 0));
  OK(cudaEventRecord(second.get(), c.get()));
  OK(cudaStreamWaitEvent(b.get(), second.get(), 0));
  fill(b.get(), 2);
  expect_last(2);
}

TEST_F(Streams, AreInOrderWhereTheHostHasWaited) {
  const EventHandle done = event();
  fill(a.get(), 1);
  OK(cudaStreamSynchronize(a.get()));
  fill(b.get(), 2);
  OK(cudaEventRecord(done.get(), b.get()));
  OK(cudaEventSynchronize(done.get()));
  fill(a.get(), 3);
  OK(cudaEventRecord(done.get(), a.get()));
  while (cudaEventQuery(done.get()) == cudaErrorNotReady) {}
  fill(b.get(), 4);
  while (cudaStreamQuery(b.get()) == cudaErrorNotReady) {}
  fill(a.get(), 5);
  OK(cudaDeviceSynchronize());
  fill(b.get(), 6);
  expect_last(6);
}

TEST_F(Streams, AreInNoOrderWhereTheHostHasWaitedForSomethingElse) {
  ON_THE_DOUBLE();
  const EventHandle early = event();
  OK(cudaEventRecord(early.get(), a.get()));
  fill(a.get(), 1);
  OK(cudaEventSynchronize(early.get()));
  OK(cudaStreamSynchronize(b.get()));
  fill(b.get(), 2);
  expect_race();
}

TEST_F(Streams, AreReadAfterTheyWrote) {
  ON_THE_DOUBLE();
  const Device copy = device(size);
  fill(a.get(), 1);
  OK(cudaMemcpyAsync(copy.get(), buffer.get(), size, cudaMemcpyDeviceToDevice, b.get()));
  OK(cudaDeviceSynchronize());
  EXPECT_FALSE(Double::take_reports().empty());  // of what nobody wrote, where it comes first, and of a race
}

TEST_F(Streams, ThatBlockWaitForTheLegacyStreamAndItForThem) {
  const StreamHandle blocking = stream(cudaStreamDefault), other = stream(cudaStreamDefault);
  fill(blocking.get(), 1);
  OK(cudaFree(device(4).release()));  // by which it is done, and the host does not know
  fill(nullptr, 2);
  fill(other.get(), 3);
  fill(cudaStreamLegacy, 4);
  fill(cudaStreamPerThread, 5);
  expect_last(5);
}

TEST_F(Streams, ThatBlockDoNotWaitForEachOther) {
  ON_THE_DOUBLE();
  const StreamHandle blocking = stream(cudaStreamDefault), other = stream(cudaStreamDefault);
  fill(blocking.get(), 1);
  fill(other.get(), 2);
  expect_race();
}

TEST_F(Streams, ThatDoNotBlockDoNotWaitForTheLegacyStream) {
  ON_THE_DOUBLE();
  fill(nullptr, 1);
  fill(a.get(), 2);
  expect_race();
}

TEST_F(Streams, OfThreadsAreTheirOwn) {
  ON_THE_DOUBLE();
  std::thread([&] { fill(cudaStreamPerThread, 1); }).join();
  fill(cudaStreamPerThread, 2);
  expect_race();
}

TEST_F(Streams, GoOnWhenTheyAreDestroyed) {
  {
    const StreamHandle gone = stream(cudaStreamDefault);
    fill(gone.get(), 1);
  }
  fill(nullptr, 2);
  expect_last(2);
}

TEST_F(Streams, AreUsedByManyThreads) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      const StreamHandle own = stream();
      const Device data = device(size);
      auto read = bytes(size, 0);
      for (int round = 1; round < 50; ++round) {
        OK(cudaMemsetAsync(data.get(), round, size, own.get()));
        OK(cudaMemcpyAsync(read.data(), data.get(), size, cudaMemcpyDeviceToHost, own.get()));
        OK(cudaStreamSynchronize(own.get()));
        ASSERT_EQ(read, bytes(size, round));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Streams, ThatAreGoneAreKnownToBe) {
  ON_THE_DOUBLE();
  const cudaStream_t gone = stream().release();
  const cudaEvent_t gone_too = event().release();
  OK(cudaStreamDestroy(gone));
  OK(cudaEventDestroy(gone_too));
  EXPECT_EQ(cudaErrorInvalidResourceHandle, cudaStreamDestroy(gone));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidResourceHandle, cudaMemsetAsync(buffer.get(), 0, size, gone));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidResourceHandle, cudaEventRecord(gone_too, a.get()));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidResourceHandle, cudaEventDestroy(gone_too));
  expect_report("misuse");
}

TEST_F(Streams, SayWhetherTheyAreDone) {
  ON_THE_DOUBLE();
  OK(cudaStreamQuery(a.get()));
  fill(a.get(), 1);
  EXPECT_EQ(cudaErrorNotReady, cudaStreamQuery(a.get()));
  EXPECT_EQ(cudaErrorNotReady, cudaGetLastError());
  OK(cudaStreamQuery(a.get()));
  const EventHandle never = event();
  OK(cudaEventQuery(never.get()));
}

TEST_F(Streams, HavePriorities) {
  int least = 1, greatest = 1, has = 1;
  OK(cudaDeviceGetStreamPriorityRange(&least, &greatest));
  EXPECT_GE(least, greatest);
  cudaStream_t made = nullptr;
  OK(cudaStreamCreateWithPriority(&made, cudaStreamNonBlocking, greatest - 7));
  const StreamHandle urgent(made);
  OK(cudaStreamGetPriority(urgent.get(), &has));
  EXPECT_EQ(has, greatest);
}

TEST(Events, TellTheTimeBetweenThem) {
  const StreamHandle a = stream();
  const EventHandle begin = event(cudaEventDefault), end = event(cudaEventDefault), without = event();
  float milliseconds = -1;
  EXPECT_EQ(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&milliseconds, begin.get(), end.get()));
  OK(cudaEventRecord(begin.get(), a.get()));
  OK(cudaEventRecord(end.get(), a.get()));
  OK(cudaEventRecord(without.get(), a.get()));
  OK(cudaEventSynchronize(end.get()));
  OK(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()));
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&milliseconds, begin.get(), without.get()));
}

TEST(Events, AndStreamsAreCounted) {
  ON_THE_DOUBLE();
  const Counters before = Double::here()->counters();
  {
    const StreamHandle a = stream();
    const EventHandle done = event();
    EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles + 2);
    OK(cudaStreamSynchronize(a.get()));
    OK(cudaEventSynchronize(done.get()));
    OK(cudaDeviceSynchronize());
  }
  const Counters after = Double::here()->counters();
  EXPECT_EQ(after.living_handles, before.living_handles);
  EXPECT_EQ(after.waits, before.waits + 3);
}

}  // namespace
}  // namespace duet::cuda_double
