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
  const std::size_t blocks = blocks_of_head(x.rows);
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
                        .db = unwrap(op.loss.db.data),
                        .db_below = unwrap(op.below.db_below.data),
                        .partial = plan.keep<float>(blocks * (x.cols + most_classes_of_head)),
                        .output = output_of(op.loss, plan)};
  plan.piece([=](const Lane& lane) { head(lane.stream, to, step); });
}

}  // namespace duet::cuda
