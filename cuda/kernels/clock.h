// Which step a kernel works on. Graphs are captured once and replayed for all steps, so a kernel is told
// where the number stands, not what it is: on the device, where every step moves it on once. That is its
// tick.
#pragma once

#include <cuda_runtime.h>

#include "core/adam_step.h"

namespace duet::cuda {

struct StepNumber {
  const int* next;  // the step that has not ticked yet
  bool ticked;      // whether the kernel's step has, before it
  __device__ int value() const { return *next - (ticked ? 1 : 0); }
};

// With the tick of a step the constants of its update are made, for all of its Adams. The kernel of the loss
// does it in passing; a step without a loss has a kernel for it.
struct Tick {
  int* next = nullptr;           // null: another kernel ticks
  const Hyper* hyper = nullptr;  // null where nothing is updated
  AdamStep* adam = nullptr;
};
void tick(cudaStream_t stream, const Tick& to);
void set_clock(cudaStream_t stream, int* next, int step);

}  // namespace duet::cuda
