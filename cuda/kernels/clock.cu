#include "cuda/kernels/clock.h"

#include "cuda/kernels/launch.h"
#include "cuda/kernels/tick.cuh"

namespace duet::cuda {
namespace {

__global__ void __launch_bounds__(1) tick_one_thread(Tick to) {
  const int step = *to.next;
  prepare_update(to, step);
  *to.next = step + 1;
}

__global__ void __launch_bounds__(1) set_clock_one_thread(int* next, int step) { *next = step; }

}  // namespace

void tick(cudaStream_t stream, const Tick& to) {
  launch(stream, {.blocks = {1}, .threads = {1}}, tick_one_thread, to);
}

void set_clock(cudaStream_t stream, int* next, int step) {
  launch(stream, {.blocks = {1}, .threads = {1}}, set_clock_one_thread, next, step);
}

}  // namespace duet::cuda
