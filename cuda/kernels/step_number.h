// Which step a kernel works on. Graphs are captured once and replayed for all steps, so a kernel is told
// where the number stands, not what it is.
#pragma once

namespace duet::cuda {

// On the device. The kernel that begins a graph moves it on; the others read it.
struct StepClock {
  int next;   // the first step of the next graph
  int first;  // of the graph that runs
};

struct StepNumber {
  const StepClock* clock;
  int offset;  // in the graph
  __device__ int value() const { return clock->first + offset; }
};

}  // namespace duet::cuda
