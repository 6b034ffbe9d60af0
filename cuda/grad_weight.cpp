#include "core/layout.h"
#include "cuda/plan.h"

namespace duet::cuda {
namespace {

void plan_tf32_tiles(const GradWeight& op, Plan& plan) {
  const Adam* const update = op.update ? &*op.update : nullptr;
  const AdamStep* const step = update ? plan.adam_step() : nullptr;  // first: the step may tick for it
  plan.note_algorithm("our own in TF32");
  plan.add_grad_weight({.x = plan.tf32_input(op.x),
                        .dz = unwrap(op.dz.data),
                        .rows = op.dz.rows,
                        .in = op.dw.rows,
                        .out = op.dz.cols,
                        .ld_dz = op.dz.ld,
                        .dw = update ? nullptr : unwrap(op.dw.data),
                        .param = update ? unwrap(update->param.data) : nullptr,
                        .m = update ? unwrap(update->m.data) : nullptr,
                        .v = update ? unwrap(update->v.data) : nullptr,
                        .ld_w = op.dw.stored},
                       step, update ? unwrap(update->stopped) : nullptr);
}

}  // namespace

// Our own kernel where rows are few. Else dw^T = dz^T x: dz is (out, rows) and x (in, rows), transposed, as
// the library sees them. With an update the gradient is scratch.
void plan(const GradWeight& op, Plan& plan) {
  if (plan.has_tf32_tiles(op.dz.rows)) return plan_tf32_tiles(op, plan);
  const Mat<const float> x = plan.input(op.x);
  float* const dw = op.update ? plan.keep<float>(op.dw.size()) : unwrap(op.dw.data);
  plan.add_product({.a = {unwrap(op.dz.data), padded<float>(op.dz.cols), op.dz.rows, op.dz.ld},
                    .b = {unwrap(x.data), x.cols, x.rows, x.ld, true},
                    .d = dw,
                    .ld_d = op.dw.stored});
  if (!op.update) return;
  Adam update = *op.update;
  update.grad = {Ptr<const float>(dw), update.param.size};
  cuda::plan(update, plan);
}

}  // namespace duet::cuda
