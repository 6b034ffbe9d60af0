// Operations become works of the machine (machine/work.h) as they run.
#pragma once

#include "tests/cuda_double/runtime/operation.h"
#include "tests/cuda_double/runtime/task.h"

namespace duet::cuda_double {

// Where an operation stands in the graph that its task launches.
struct InGraph {
  std::uint32_t node = 0;
  const std::vector<bool>* comes_after = nullptr;  // by node; null: it is not of a graph
};

cudaError_t run_as_work(const Operation& operation, const Task& task, const InGraph& in_graph = {});

}  // namespace duet::cuda_double
