#include "cuda/plan.h"

namespace duet::cuda {

void plan(const Confusion& op, Plan& plan) {
  const StepNumber step = plan.step_number();
  const auto classes = static_cast<std::size_t>(op.logits.cols);
  ConfusionOperands to{.batch = rows_of(op.labels),
                       .labels = unwrap(op.labels.from.labels.data),
                       .logits = unwrap(op.logits.data),
                       .classes = op.logits.cols,
                       .ld = op.logits.ld,
                       .counts = unwrap(op.counts.data),
                       .ld_counts = op.counts.ld,
                       .keys = plan.keep<int>(op.logits.rows),
                       .of_batch = plan.keep<std::uint32_t>(classes * classes)};
  to.memory_bytes = bytes_of_confusion(to);
  to.memory = plan.keep<std::byte>(to.memory_bytes);
  plan.piece([=](const Lane& lane) { confusion(lane.stream, to, step); });
}

}  // namespace duet::cuda
