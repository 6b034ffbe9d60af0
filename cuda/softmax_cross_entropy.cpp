#include "cuda/plan.h"

namespace duet::cuda {

void plan(const SoftmaxCrossEntropy& op, Plan& plan) {
  const StepNumber step = plan.step_number();
  const Loss to{.batch = rows_of(op.labels),
                .labels = unwrap(op.labels.from.labels.data),
                .logits = unwrap(op.logits.data),
                .classes = op.logits.cols,
                .ld = op.logits.ld,
                .db = op.backward ? unwrap(op.db.data) : nullptr,
                .arrived = plan.keep<unsigned>(1),
                .output = {.results = unwrap(op.results.data),
                           .stopped = unwrap(op.stopped),
                           .rows = plan.keep<RowResult>(op.logits.rows),
                           .tick = plan.take_tick()}};
  plan.piece([=](const Lane& lane) { softmax_cross_entropy(lane.stream, to, step); });
}

}  // namespace duet::cuda
