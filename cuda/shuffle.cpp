#include "cuda/plan.h"

namespace duet::cuda {

void plan(const Shuffle& op, Plan& plan) {
  const StepNumber step = plan.step_number();
  ShuffleOperands to{.seed = op.seed,
                     .order = unwrap(op.order.data),
                     .size = op.order.size,
                     .keys = plan.keep<std::uint64_t>(op.order.size),
                     .sorted = plan.keep<std::uint64_t>(op.order.size)};
  to.memory_bytes = bytes_of_shuffle(to);
  to.memory = plan.keep<std::byte>(to.memory_bytes);
  plan.piece([=](const Lane& lane) { shuffle(lane.stream, to, step); });
}

}  // namespace duet::cuda
