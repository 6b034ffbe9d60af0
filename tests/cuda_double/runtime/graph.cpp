#include "tests/cuda_double/runtime/graph.h"

#include <algorithm>

#include "tests/cuda_double/runtime/queue.h"
#include "tests/cuda_double/runtime/works.h"

namespace duet::cuda_double {

GraphExec::GraphExec(const Graph& graph)
    : after_(graph.after), comes_after_(graph.nodes.size(), std::vector<bool>(graph.nodes.size())) {
  for (const Node& node : graph.nodes) operations_.push_back(node.operation);
  for (std::size_t i = 0; i < after_.size(); ++i) {
    for (const std::uint32_t j : after_[i]) {
      comes_after_[i][j] = true;
      for (std::uint32_t k = 0; k < j; ++k) {
        if (comes_after_[j][k]) comes_after_[i][k] = true;
      }
    }
  }
}

cudaError_t GraphExec::run(const Task& task) const {
  cudaError_t error = cudaSuccess;
  run_in_order(after_, Queue::instance().schedule, task.number, [&](std::uint32_t i) {
    if (error == cudaSuccess) error = run_as_work(operations_[i], task, {i, &comes_after_[i]});
  });
  return error;
}

GraphShape GraphExec::shape() const {
  const auto count = [&](OperationKind kind) {
    return static_cast<std::uint32_t>(std::count_if(operations_.begin(), operations_.end(),
                                                    [&](const Operation& one) { return one.kind == kind; }));
  };
  std::vector<std::uint32_t> depth(operations_.size(), 1);
  for (std::size_t i = 0; i < depth.size(); ++i) {
    for (const std::uint32_t j : after_[i]) depth[i] = std::max(depth[i], depth[j] + 1);
  }
  return {.nodes = static_cast<std::uint32_t>(operations_.size()),
          .kernels = count(OperationKind::kernel),
          .library_calls = count(OperationKind::library_call),
          .in_a_row = depth.empty() ? 0 : *std::max_element(depth.begin(), depth.end())};
}

Handles<cudaGraph_t, Graph>& graphs() {
  static auto& all = *new Handles<cudaGraph_t, Graph>;
  return all;
}
Handles<cudaGraphExec_t, GraphExec>& graph_execs() {
  static auto& all = *new Handles<cudaGraphExec_t, GraphExec>;
  return all;
}

}  // namespace duet::cuda_double
