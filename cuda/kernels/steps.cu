#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

// One block, a thread a step. Reads 48 bytes, writes 28 a step: bound by its start.
__global__ void __launch_bounds__(most_steps_of_a_graph) begin_steps_thread_per_step(BeginSteps to) {
  const int first = to.clock->next;
  __syncthreads();  // all have read it
  if (threadIdx.x == 0) *to.clock = {.next = first + to.count, .first = first};
  if (to.adam != nullptr) {
    const int k = static_cast<int>(threadIdx.x);
    to.adam[k] = adam_step(*to.hyper, first + k);
  }
}

__global__ void __launch_bounds__(1) set_next_step_one_thread(StepClock* clock, int next) {
  clock->next = next;
}

}  // namespace

void begin_steps(cudaStream_t stream, const BeginSteps& to) {
  launch(stream, {.blocks = {1}, .threads = {static_cast<unsigned>(to.count)}}, begin_steps_thread_per_step,
         to);
}

void set_next_step(cudaStream_t stream, StepClock* clock, int next) {
  launch(stream, {.blocks = {1}, .threads = {1}}, set_next_step_one_thread, clock, next);
}

}  // namespace duet::cuda
