// A graph of operations, and what is launched of it.
#pragma once

#include <driver_types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/cuda_double/control.h"
#include "tests/cuda_double/runtime/handles.h"
#include "tests/cuda_double/runtime/in_order.h"
#include "tests/cuda_double/runtime/operation.h"
#include "tests/cuda_double/runtime/task.h"

namespace duet::cuda_double {

struct Graph {
  std::vector<std::shared_ptr<const Operation>> nodes;  // each behind those that it comes after
  Predecessors after;
  std::vector<cudaGraphNode_t> handles;  // of the nodes, from when it is added to graphs()
};

class GraphExec {
 public:
  explicit GraphExec(const Graph& graph);
  cudaError_t run(const Task& task) const;  // all nodes
  GraphShape shape() const;
  TaskPtr last;  // its last launch

 private:
  std::vector<std::shared_ptr<const Operation>> nodes_;
  Predecessors after_;
  std::vector<std::vector<bool>> comes_after_;  // [i][j]: node i comes after j, by however many edges
};

Handles<cudaGraph_t, Graph>& graphs();
Handles<cudaGraphNode_t, const Operation>& graph_nodes();
cudaGraph_t add_graph(const std::shared_ptr<Graph>& graph);  // and its nodes
Handles<cudaGraphExec_t, GraphExec>& graph_execs();

}  // namespace duet::cuda_double
