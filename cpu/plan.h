// How an op becomes work for a team of threads: stages of tiles.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/ops.h"
#include "core/unwrap.h"
#include "cpu/factor.h"
#include "cpu/kernels/kernels.h"
#include "cpu/memory.h"
#include "cpu/nonzeros.h"

namespace duet::cpu {

// Tiles that do not depend on each other; any thread may take any. How many there are and what is in them
// follows from shapes alone, never from the number of threads: that is what makes results equal for any
// number.
using Tiles = std::function<void(int tile, int step, float* scratch)>;  // scratch: the thread's own
struct Stage {
  int tiles;
  Tiles run;
};

// What the team does between two barriers.
using Phase = std::vector<Stage>;

// Collects the stages of a program, op by op. A stage goes into the first phase behind all those that it must
// wait for: ops that do not touch each other's operands run side by side.
class Plan {
 public:
  explicit Plan(const Kernels& kernels) : kernels_(kernels) {}

  const Kernels& kernels() const { return kernels_; }

  // Announces the op whose stages come next.
  void begin(const Op& op);
  // An op's next stage, which waits for the one before.
  void stage(int tiles, Tiles run);

  // A stage that prepares what ops read.
  void prepare(const std::vector<Access>& touched, int tiles, Tiles run);

  // x of this step, and x transposed, as the left-hand matrix of a product with `width` columns. What has to
  // be prepared for it is prepared once a step for all its readers.
  Factor factor(const Input& x, int width);
  Factor transposed_factor(const Input& x, int width);

  // x of this step by its nonzero elements, where some product with at least `width` columns has use for
  // that.
  std::optional<Nonzeros> nonzeros(const Input& x, int width);

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
  // What was prepared of an input.
  struct Prepared {
    Input source;
    std::optional<Mat<const float>> gathered;    // a batch's pixels, divided
    std::optional<Mat<const float>> transposed;  // of floats
    std::optional<Nonzeros> rows, columns;
  };
  std::size_t add(const std::vector<Access>& touched, std::size_t earliest, Stage stage);
  Prepared& prepared(const Input& x);
  Mat<const float> floats(const Input& x);

  std::vector<Prepared> prepared_;
  std::vector<Access> own_;                   // of the op announced, and of what was prepared for it
  std::vector<std::vector<Access>> touched_;  // by all stages of each phase
  std::size_t earliest_ = 0;                  // phase of the announced op's next stage
};

// Whether a loss that is not finite has ended all updates.
inline bool is_stopped(const std::uint32_t* stopped) { return stopped != nullptr && *stopped != 0; }

// One function an op, each in the file of its name.
void plan(const Linear& op, Plan& plan);
void plan(const SoftmaxCrossEntropy& op, Plan& plan);
void plan(const GradInput& op, Plan& plan);
void plan(const GradWeight& op, Plan& plan);
void plan(const Adam& op, Plan& plan);
void plan(const Head& op, Plan& plan);
void plan(const Softmax& op, Plan& plan);
void plan(const Confusion& op, Plan& plan);
void plan(const Shuffle& op, Plan& plan);

}  // namespace duet::cpu
