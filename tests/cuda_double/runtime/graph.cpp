#include "tests/cuda_double/runtime/graph.h"

#include <algorithm>

#include "tests/cuda_double/runtime/queue.h"
#include "tests/cuda_double/runtime/works.h"

namespace duet::cuda_double {

GraphExec::GraphExec(const Graph& graph)
    : nodes_(graph.nodes),
      after_(graph.after),
      comes_after_(graph.nodes.size(), std::vector<bool>(graph.nodes.size())) {
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
    if (error == cudaSuccess) error = run_as_work(*nodes_[i], task, {i, &comes_after_[i]});
  });
  return error;
}

GraphShape GraphExec::shape() const {
  const auto count = [&](OperationKind kind) {
    return static_cast<std::uint32_t>(
        std::count_if(nodes_.begin(), nodes_.end(), [&](const auto& node) { return node->kind == kind; }));
  };
  std::vector<std::uint32_t> depth(nodes_.size(), 1);
  for (std::size_t i = 0; i < depth.size(); ++i) {
    for (const std::uint32_t j : after_[i]) depth[i] = std::max(depth[i], depth[j] + 1);
  }
  return {.nodes = static_cast<std::uint32_t>(nodes_.size()),
          .kernels = count(OperationKind::kernel),
          .library_calls = count(OperationKind::library_call),
          .in_a_row = depth.empty() ? 0 : *std::max_element(depth.begin(), depth.end())};
}

Handles<cudaGraph_t, Graph>& graphs() {
  static auto& all = *new Handles<cudaGraph_t, Graph>;
  return all;
}
Handles<cudaGraphNode_t, const Operation>& graph_nodes() {
  static auto& all = *new Handles<cudaGraphNode_t, const Operation>;
  return all;
}
Handles<cudaGraphExec_t, GraphExec>& graph_execs() {
  static auto& all = *new Handles<cudaGraphExec_t, GraphExec>;
  return all;
}

cudaGraph_t add_graph(const std::shared_ptr<Graph>& graph) {
  for (const auto& node : graph->nodes) graph->handles.push_back(graph_nodes().add(node));
  return graphs().add(graph);
}

}  // namespace duet::cuda_double
