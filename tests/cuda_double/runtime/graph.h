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

struct Node {
  Operation operation;
  cudaGraphNode_t handle;
};

struct Graph {
  std::vector<Node> nodes;  // each behind those that it comes after
  Predecessors after;
};

class GraphExec {
 public:
  explicit GraphExec(const Graph& graph);
  cudaError_t run(const Task& task) const;  // all nodes
  GraphShape shape() const;
  TaskPtr last;  // its last launch

 private:
  std::vector<Operation> operations_;
  Predecessors after_;
  std::vector<std::vector<bool>> comes_after_;  // [i][j]: node i comes after j, by however many edges
};

Handles<cudaGraph_t, Graph>& graphs();
Handles<cudaGraphExec_t, GraphExec>& graph_execs();

}  // namespace duet::cuda_double
