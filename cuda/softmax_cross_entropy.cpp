#include "cuda/plan.h"

namespace duet::cuda {

LossOutput output_of(const SoftmaxCrossEntropy& op, Plan& plan) {
  return {.results = unwrap(op.results.data),
          .stopped = unwrap(op.stopped),
          .rows = plan.keep<RowResult>(op.logits.rows),
          .arrived = plan.keep<unsigned>(1),
          .tick = plan.take_tick()};
}

void plan(const SoftmaxCrossEntropy& op, Plan& plan) {
  const StepNumber step = plan.step_number();
  const Loss to{.batch = rows_of(op.labels),
                .labels = unwrap(op.labels.from.labels.data),
                .logits = unwrap(op.logits.data),
                .classes = op.logits.cols,
                .ld = op.logits.ld,
                .db = op.backward ? unwrap(op.db.data) : nullptr,
                .output = output_of(op, plan)};
  plan.piece([=](const Lane& lane) { softmax_cross_entropy(lane.stream, to, step); });
}

}  // namespace duet::cuda
