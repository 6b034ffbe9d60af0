// How an op becomes work for a team of threads: stages of tiles.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "core/ops.h"
#include "core/unwrap.h"
#include "cpu/kernels/kernels.h"
#include "cpu/memory.h"

namespace duet::cpu {

// Tiles that do not depend on each other; any thread may take any. How many there are and what is in them
// follows from shapes alone, never from the number of threads: that is what makes results equal for any
// number.
struct Stage {
  int tiles;
  std::function<void(int tile, int step, float* scratch)> run;  // scratch: the thread's own
};

// What the team does between two barriers.
using Phase = std::vector<Stage>;

// Collects the stages of a program, op by op, in order. Ops that do not touch each other's operands share a
// phase.
class Plan {
 public:
  explicit Plan(const Kernels& kernels) : kernels_(kernels) {}

  const Kernels& kernels() const { return kernels_; }

  // Announces the op whose stages come next.
  void begin(const Op& op);
  // The first stage of an op may join others in a phase; each one after it waits for the one before.
  void stage(int tiles, std::function<void(int tile, int step, float* scratch)> run);

  // x of this step as floats: an activation as it is, a batch gathered and divided once a step for all its
  // readers.
  Mat<const float> input(const Input& x);

  // Memory that lives as long as the program; zeroed.
  template <class T>
  T* keep(std::size_t elements) {
    memory_.push_back(allocate(elements * sizeof(T)));
    return reinterpret_cast<T*>(unwrap(memory_.back().data()));
  }
  // Every thread gets scratch memory of at least this many floats, on a cache line.
  void want_scratch(std::size_t floats);

  const std::vector<Phase>& phases() const { return phases_; }
  std::size_t scratch_floats() const { return scratch_floats_; }

 private:
  const Kernels& kernels_;
  std::vector<Phase> phases_;
  std::vector<Memory> memory_;
  std::size_t scratch_floats_ = 0;
  std::vector<std::pair<Batch, Mat<const float>>> gathered_;
  std::vector<Access> own_;      // of the op announced
  std::vector<Access> touched_;  // by all ops in the last phase
  bool may_join_ = false;
};

// One function an op, each in the file of its name.
void plan(const Linear& op, Plan& plan);
void plan(const SoftmaxCrossEntropy& op, Plan& plan);
void plan(const GradInput& op, Plan& plan);
void plan(const GradWeight& op, Plan& plan);
void plan(const Adam& op, Plan& plan);
void plan(const Softmax& op, Plan& plan);
void plan(const Confusion& op, Plan& plan);
void plan(const Shuffle& op, Plan& plan);

}  // namespace duet::cpu
