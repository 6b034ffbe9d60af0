// Graphs: what is in them, in which orders they may run, after what.
#include <cstdlib>
#include <cstring>

#include "tests/cuda_double/runtime/graph_fixture.h"

namespace duet::cuda_double {
namespace {

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
  OK(cudaMemsetAsync(other.get(), 0, size, a.get()));  // what follows comes after the fills by way of it
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

}  // namespace
}  // namespace duet::cuda_double
