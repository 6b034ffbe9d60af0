// What the doubles of the libraries rely on: calls in streams and graphs, whose order tests can see.
#include "tests/cuda_double/runtime/library.h"

#include <cstdlib>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/runtime_test.h"

namespace duet::cuda_double {
namespace {

class LibraryCalls : public testing::Test {
 protected:
  void put(cudaStream_t in, int number) {
    OK(enqueue(in, {"call " + std::to_string(number), [this, number] {
                      ran.push_back(number);
                      return cudaSuccess;
                    }}));
  }
  // Two streams with two calls each.
  void put_two_times_two() {
    for (const int number : {1, 2}) put(a.get(), number);
    for (const int number : {3, 4}) put(b.get(), number);
  }
  std::vector<int> run_in(const char* schedule) {
    EXPECT_EQ(Double::here()->set_schedule(schedule), 0);
    ran.clear();
    put_two_times_two();
    EXPECT_EQ(cudaSuccess, cudaDeviceSynchronize());
    return ran;
  }

  const StreamHandle a = stream(), b = stream();
  std::vector<int> ran;
};

TEST_F(LibraryCalls, RunWhenSomethingWaits) {
  const Counters before = Double::here()->counters();
  put_two_times_two();
  EXPECT_EQ(ran, std::vector<int>());
  OK(cudaStreamSynchronize(b.get()));
  EXPECT_EQ(ran, (std::vector{3, 4}));  // what nobody waits for does not
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(ran, (std::vector{3, 4, 1, 2}));
  EXPECT_EQ(Double::here()->counters().library_calls, before.library_calls + 4);
}

TEST_F(LibraryCalls, RunInTheOrderOfTheSchedule) {
  EXPECT_EQ(run_in("ascending"), (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(run_in("descending"), (std::vector{3, 4, 1, 2}));
  EXPECT_NE(Double::here()->set_schedule("sideways"), 0);
  bool mixed = false;
  for (const char* schedule : {"random:1", "random:2", "random:3", "random:4", "random:5", "random:6"}) {
    const std::vector<int> order = run_in(schedule);
    mixed |= order[0] + order[1] == 4 || order[0] + order[1] == 5;  // of two streams
  }
  EXPECT_TRUE(mixed);
}

TEST_F(LibraryCalls, AreNodesOfGraphs) {
  const EventHandle forked = event(), joined = event();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  OK(cudaStreamBeginCapture(a.get(), cudaStreamCaptureModeGlobal));
  OK(cudaEventRecord(forked.get(), a.get()));
  OK(cudaStreamWaitEvent(b.get(), forked.get(), 0));
  put_two_times_two();
  OK(cudaEventRecord(joined.get(), b.get()));
  OK(cudaStreamWaitEvent(a.get(), joined.get(), 0));
  put(a.get(), 5);
  OK(cudaStreamEndCapture(a.get(), &graph));
  OK(cudaGraphInstantiate(&exec, graph, 0));
  const GraphShape shape = Double::here()->last_graph();
  EXPECT_EQ(shape.library_calls, 5u);
  EXPECT_EQ(shape.in_a_row, 3u);
  const auto launch = [&](const char* schedule) {
    EXPECT_EQ(Double::here()->set_schedule(schedule), 0);
    ran.clear();
    OK(cudaGraphLaunch(exec, b.get()));
    OK(cudaStreamSynchronize(b.get()));
  };
  launch("ascending");
  EXPECT_EQ(ran, (std::vector{1, 2, 3, 4, 5}));
  launch("descending");
  EXPECT_EQ(ran, (std::vector{3, 4, 1, 2, 5}));
  OK(cudaGraphExecDestroy(exec));
  OK(cudaGraphDestroy(graph));
}

TEST_F(LibraryCalls, RaceAsKernelsDo) {
  const Device data = device(64);
  const auto write = [at = reinterpret_cast<Address>(data.get())] {
    return DeviceMemory::instance().writable(at, 64) != nullptr ? cudaSuccess : cudaErrorIllegalAddress;
  };
  OK(enqueue(a.get(), {"first", write}));
  OK(enqueue(b.get(), {"second", write}));
  OK(cudaDeviceSynchronize());
  const std::vector<std::string> reports = Double::take_reports();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_NE(reports[0].find("first"), std::string::npos) << reports[0];
  EXPECT_NE(reports[0].find("second"), std::string::npos) << reports[0];
}

TEST_F(LibraryCalls, FailForGood) {
  const StreamHandle gone = stream();
  OK(enqueue(a.get(), {"broken", [] { return cudaErrorMisalignedAddress; }}));
  put(a.get(), 1);
  EXPECT_EQ(cudaErrorMisalignedAddress, cudaStreamSynchronize(a.get()));
  EXPECT_EQ(cudaErrorMisalignedAddress, enqueue(b.get(), {"later", [] { return cudaSuccess; }}));
  EXPECT_EQ(ran, std::vector<int>());
  std::quick_exit(HasFailure() ? 1 : 0);  // no handle can be given back without a failure
}

TEST_F(LibraryCalls, NeedAStream) {
  const cudaStream_t gone = stream().release();
  OK(cudaStreamDestroy(gone));
  EXPECT_EQ(cudaErrorInvalidResourceHandle, enqueue(gone, {"call", [] { return cudaSuccess; }}));
  expect_report("misuse");
}

TEST(Libraries, CountTheirHandlesAndCalls) {
  const Counters before = Double::here()->counters();
  count_handle(1);
  EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles + 1);
  count_handle(-1);
  EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles);
  Double::here()->fail_at(2);
  EXPECT_FALSE(fails_by_injection("one"));
  EXPECT_TRUE(fails_by_injection("two"));
  EXPECT_FALSE(fails_by_injection("three"));
  EXPECT_EQ(Double::here()->counters().calls, before.calls + 3);
}

TEST(Process, RunsAtItsEndWhatNobodyWaitedFor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto end_with = [](bool finding) {
    OK(enqueue(stream().get(), {"late", [finding] {
                                  if (finding) report(Check::bounds, "found late");
                                  return cudaSuccess;
                                }}));
    std::exit(0);
  };
  EXPECT_EXIT(end_with(false), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(end_with(true), testing::ExitedWithCode(86), "found late");
}

}  // namespace
}  // namespace duet::cuda_double
