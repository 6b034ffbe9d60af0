#include "tests/cuda_double/runtime/works.h"

#include "tests/cuda_double/machine/work.h"
#include "tests/cuda_double/runtime/tally.h"

namespace duet::cuda_double {
namespace {

struct Ran {
  Place place;
  std::uint32_t node;
};

// By number of the work; 0 is none.
std::vector<Ran>& all_that_ran() {
  static auto& ran = *new std::vector<Ran>(1);
  return ran;
}

}  // namespace

cudaError_t run_as_work(const Operation& operation, const Task& task, const InGraph& in_graph) {
  std::vector<Ran>& ran = all_that_ran();
  const Work work{static_cast<WorkNumber>(ran.size()), operation.name, [&](WorkNumber number) {
                    const Ran& earlier = ran[number];
                    if (earlier.place != task.place) return task.clock.covers(earlier.place);
                    return in_graph.comes_after != nullptr && (*in_graph.comes_after)[earlier.node];
                  }};
  ran.push_back({task.place, in_graph.node});
  if (operation.kind == OperationKind::kernel) ++tally().kernels;
  if (operation.kind == OperationKind::library_call) ++tally().library_calls;
  device_microseconds() += operation.microseconds;
  const Running running(work);
  return operation.run();
}

}  // namespace duet::cuda_double
