#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/api.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/graph.h"
#include "tests/cuda_double/runtime/launch.h"
#include "tests/cuda_double/runtime/stream.h"
#include "tests/cuda_double/runtime/tally.h"

using namespace duet::cuda_double;

namespace {

template <class Handle, class T>
std::shared_ptr<T> find(const Handles<Handle, T>& all, Handle handle, std::string_view call) {
  std::shared_ptr<T> found = all.find(handle);
  if (found == nullptr) report(Check::misuse, fmt::format("{}: no graph, or one that was destroyed", call));
  return found;
}

cudaGraphNodeType type_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::kernel:
    case OperationKind::library_call: return cudaGraphNodeTypeKernel;
    case OperationKind::copy: return cudaGraphNodeTypeMemcpy;
    case OperationKind::fill: return cudaGraphNodeTypeMemset;
  }
  return cudaGraphNodeTypeEmpty;
}

// Fills `to`, if it is there, with up to `count` of all, then nulls; `count` becomes how many there are to
// see.
template <class T>
void hand_out(const std::vector<T>& all, T* to, std::size_t& count) {
  if (to == nullptr) {
    count = all.size();
    return;
  }
  const std::size_t seen = std::min(count, all.size());
  std::copy_n(all.begin(), seen, to);
  std::fill(to + seen, to + count, T{});
  count = seen;
}

cudaError_t instantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long flags) {
  const auto found = find(graphs(), graph, "cudaGraphInstantiate");
  if (found == nullptr || exec == nullptr) return cudaErrorInvalidValue;
  if ((flags & ~(cudaGraphInstantiateFlagUpload | cudaGraphInstantiateFlagUseNodePriority)) != 0) {
    return refuse_unknown(fmt::format("cudaGraphInstantiate with flags {:#x}", flags));
  }
  const auto made = std::make_shared<GraphExec>(*found);
  last_graph() = made->shape();
  *exec = graph_execs().add(made);
  return cudaSuccess;
}

}  // namespace

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long flags) {
  return call("cudaGraphInstantiate", [&] { return instantiate(exec, graph, flags); });
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* exec, cudaGraph_t graph,
                                          unsigned long long flags) {
  return cudaGraphInstantiate(exec, graph, flags);
}

// Memory for it is all that a launch would have to find first: the double's is there.
cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream) {
  return call("cudaGraphUpload", [&] {
    if (find(graph_execs(), exec, "cudaGraphUpload") == nullptr) return cudaErrorInvalidValue;
    return find_stream(stream, "cudaGraphUpload") != nullptr ? cudaSuccess : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  return call("cudaGraphLaunch", [&] {
    const auto launched = find(graph_execs(), exec, "cudaGraphLaunch");
    const StreamPtr into = find_stream(stream, "cudaGraphLaunch");
    if (launched == nullptr) return cudaErrorInvalidValue;
    if (into == nullptr) return cudaErrorInvalidResourceHandle;
    if (into->capture != nullptr) return refuse_unknown("the launch of a graph in a stream that is captured");
    if (const cudaError_t error = refuse_legacy_beside_capture(*into); error != cudaSuccess) return error;
    launched->last = append(
        *into, [launched](const Task& task) { return launched->run(task); }, launched->last);
    ++tally().graph_launches;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return give_back("cudaGraphDestroy", [&] {
    const auto found = find(graphs(), graph, "cudaGraphDestroy");
    if (found == nullptr) return cudaErrorInvalidValue;
    for (const cudaGraphNode_t node : found->handles) graph_nodes().remove(node);
    graphs().remove(graph);
    return cudaSuccess;
  });
}

// What was launched goes on to its end.
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  return give_back("cudaGraphExecDestroy", [&] {
    if (find(graph_execs(), exec, "cudaGraphExecDestroy") == nullptr) return cudaErrorInvalidValue;
    graph_execs().remove(exec);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  return call("cudaGraphGetNodes", [&] {
    const auto found = find(graphs(), graph, "cudaGraphGetNodes");
    if (found == nullptr || count == nullptr) return cudaErrorInvalidValue;
    hand_out(found->handles, nodes, *count);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphGetEdges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to,
                              cudaGraphEdgeData* data, std::size_t* count) {
  return call("cudaGraphGetEdges", [&] {
    const auto found = find(graphs(), graph, "cudaGraphGetEdges");
    if (found == nullptr || count == nullptr) return cudaErrorInvalidValue;
    std::vector<cudaGraphNode_t> begins, ends;
    for (std::size_t i = 0; i < found->after.size(); ++i) {
      for (const std::uint32_t j : found->after[i]) {
        begins.push_back(found->handles[j]);
        ends.push_back(found->handles[i]);
      }
    }
    std::size_t also = *count;
    hand_out(begins, from, *count);
    hand_out(ends, to, also);
    if (data != nullptr) std::fill_n(data, *count, cudaGraphEdgeData{});  // all are plain edges
    return cudaSuccess;
  });
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType* type) {
  return call("cudaGraphNodeGetType", [&] {
    const auto found = find(graph_nodes(), node, "cudaGraphNodeGetType");
    if (found == nullptr || type == nullptr) return cudaErrorInvalidValue;
    *type = type_of(found->kind);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphKernelNodeGetParams(cudaGraphNode_t node, cudaKernelNodeParams* parameters) {
  return call("cudaGraphKernelNodeGetParams", [&] {
    const auto found = find(graph_nodes(), node, "cudaGraphKernelNodeGetParams");
    if (found == nullptr || parameters == nullptr) return cudaErrorInvalidValue;
    if (found->kernel == nullptr) {
      return found->kind == OperationKind::library_call ? refuse_unknown("the kernels of a library's call")
                                                        : cudaErrorInvalidValue;
    }
    const KernelLaunch& launch = *found->kernel;
    *parameters = {};
    parameters->func = const_cast<void*>(launch.stub);
    parameters->gridDim = launch.blocks;
    parameters->blockDim = launch.threads;
    parameters->sharedMemBytes = static_cast<unsigned>(launch.dynamic_shared);
    parameters->kernelParams = const_cast<void**>(launch.arguments.data());
    return cudaSuccess;
  });
}
