#include "cuda/plan.h"

namespace duet::cuda {

void plan(const Head& op, Plan& plan) {
  if (op.loss.logits.cols > most_classes_of_head || op.last.x.index() == 0) {  // as its parts
    cuda::plan(op.last, plan);
    cuda::plan(op.loss, plan);
    cuda::plan(op.below, plan);
    return;
  }
  const StepNumber step = plan.step_number();
  const auto x = std::get<Mat<const float>>(op.last.x);
  const std::size_t partial = static_cast<std::size_t>(blocks_of_head(x.rows)) * cols_of_head_partial(x.cols);
  const HeadOperands to{.batch = rows_of(op.loss.labels),
                        .labels = unwrap(op.loss.labels.from.labels.data),
                        .x = unwrap(x.data),
                        .w = unwrap(op.last.w.data),
                        .b = unwrap(op.last.b.data),
                        .in = x.cols,
                        .classes = op.loss.logits.cols,
                        .ld_x = x.ld,
                        .ld_w = op.last.w.stored,
                        .relu_below = op.below.act_below == Activation::relu,
                        .dz = unwrap(op.loss.logits.data),
                        .dz_below = unwrap(op.below.dz_below.data),
                        .ld_dz = op.loss.logits.ld,
                        .ld_below = op.below.dz_below.ld,
                        .results = plan.keep<RowResult>(x.rows),
                        .partial = plan.keep<float>(partial)};
  plan.piece([=](const Lane& lane) { head(lane.stream, to, step); });

  plan.begin_part();  // so that the gradients of the layers below do not wait for it
  const StepNumber step_of_sums = plan.step_number();
  const SoftmaxCrossEntropy& loss = op.loss;
  const HeadSums sums{.rows = x.rows,
                      .in = x.cols,
                      .classes = to.classes,
                      .partial = to.partial,
                      .db = unwrap(loss.db.data),
                      .db_below = unwrap(op.below.db_below.data),
                      .output = {.results = unwrap(loss.results.data),
                                 .stopped = unwrap(loss.stopped),
                                 .rows = to.results,
                                 .tick = plan.take_tick()}};
  plan.touch(sums.partial, partial, false);
  plan.touch(to.results, x.rows, false);
  plan.touch(sums.db, to.classes, true);
  plan.touch(sums.db_below, x.cols, true);
  plan.touch(sums.output.results, loss.results.size, true);
  if (sums.output.stopped != nullptr) plan.touch(sums.output.stopped, 1, true);
  plan.piece([=](const Lane& lane) { head_sums(lane.stream, sums, step_of_sums); });
}

}  // namespace duet::cuda
