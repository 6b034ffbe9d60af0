// How a step becomes pieces of a graph: each is one kernel, or one call of a library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/ops.h"
#include "core/unwrap.h"
#include "cuda/device.h"
#include "cuda/kernels/kernels.h"
#include "cuda/matmul.h"
#include "cuda/memory.h"
#include "cuda/schedule.h"

namespace duet::cuda {

struct PlannedPiece {
  Piece touched;
  std::function<void(const Lane&)> start;
};

// The bits that the ReLU of a Linear leaves for the GradInput through it.
struct Mask {
  void* bits = nullptr;
  std::int64_t ld = 0;    // in bits
  std::size_t bytes = 0;  // of all rows
};

// Collects the pieces of a program, op by op.
class Plan {
 public:
  // `counted`: nothing is allocated, no address is followed, and the pieces are not to be started.
  enum class Memory { allocated, counted };
  Plan(Device& device, std::span<const Op> program, Memory memory = Memory::allocated);

  std::vector<PlannedPiece> step;
  // The batches of a run's first step. Those of the others are gathered at the end of the step before them,
  // where that runs beside an update.
  std::vector<PlannedPiece> before_first_step;
  int* clock;  // the step that has not ticked yet

  // --- What ops ask for. Whatever is handed out counts among what the op touches.

  Mat<const float> input(const Input& x);  // x of this step
  Tf32Input tf32_input(const Input& x);    // likewise; pixels where they lie, not gathered
  StepNumber step_number();
  Tick take_tick();             // for the kernel of a loss, which then ticks; empty where something has
  const AdamStep* adam_step();  // of this step
  template <class T>
  T* keep(std::size_t elements) {  // memory that lives as long as the program; zeroed
    return static_cast<T*>(keep_bytes(elements * sizeof(T)));
  }

  // A kernel or a call, which comes after all that the op has so far.
  void piece(std::function<void(const Lane&)> start);
  // For a piece that touches but a part of what the op does: from here on the op has touched nothing.
  void begin_part() { own_.clear(); }
  template <class T>
  void touch(T* first, std::size_t elements, bool write) {
    const auto begin = reinterpret_cast<std::uintptr_t>(first);
    own_.push_back({begin, begin + elements * sizeof(T), write});
  }
  // Gradients of weights that follow each other in the program become one kernel.
  void add_grad_weight(const Tf32GradWeight& layer, const AdamStep* of_update, const std::uint32_t* stopped);
  // A product and what follows it as far as the library has an algorithm for both; false where it has none.
  bool add_fused_product(const Product& product);
  void add_product(const Product& product);  // with nothing behind it: that much can always be done

  // Of the output y of a Linear: bits for a GradInput that will ask where y is above zero; nothing where none
  // will.
  std::optional<Mask> new_mask(Mat<const float> y);
  void keep_mask(Mat<const float> y, const Mask& mask) { masks_[y.data.address()] = mask; }
  std::optional<Mask> mask_of(Mat<const float> y);

  std::size_t kept_bytes() const { return kept_bytes_; }
  Device& device() { return device_; }
  // Whether products with so many rows are ours in TF32, with what follows them: the library's are made for
  // larger ones.
  bool has_tf32_tiles(int rows) const {
    return device_.precision() == Precision::tf32 && rows <= most_rows_of_tf32_tiles;
  }
  // How a library does the op, for the user.
  void note_algorithm(const std::string& algorithm) {
    if (memory_mode_ == Memory::allocated) device_.note_algorithm(describe(*op_), algorithm);
  }

 private:
  void* keep_bytes(std::size_t bytes);
  void add_tick();
  void start_grad_weights();
  std::optional<Matmul> matmul(const Product& product, Precision precision);
  void start(Matmul planned, const std::string& what);

  Device& device_;
  std::span<const Op> program_;
  const Op* op_ = nullptr;  // whose turn it is
  Piece own_;               // what it touches
  Memory memory_mode_;
  std::vector<DeviceMemory> memory_;
  std::size_t kept_bytes_ = 0;
  bool ticked_ = false;
  const Hyper* hyper_ = nullptr;
  AdamStep* adam_step_ = nullptr;
  std::vector<std::pair<Batch, Mat<float>>> gathered_;
  std::map<std::uintptr_t, Mask> masks_;  // by the address of y
  Tf32GradWeights grad_weights_;          // that no piece starts yet
  Piece touched_by_grad_weights_;
};

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

// Device code's view of a batch.
inline BatchRows rows_of(const Batch& batch) {
  return {unwrap(batch.order.data), batch.order.size, batch.stride, batch.rows};
}

}  // namespace duet::cuda
