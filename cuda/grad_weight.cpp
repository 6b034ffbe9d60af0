#include "core/layout.h"
#include "cuda/plan.h"

namespace duet::cuda {

// dw^T = dz^T x: dz is (out, rows) and x (in, rows), transposed, as the library sees them. With an update the
// gradient is scratch.
void plan(const GradWeight& op, Plan& plan) {
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
