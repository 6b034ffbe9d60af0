#include "core/layout.h"
#include "cuda/plan.h"

namespace duet::cuda {

// dz_below^T = w dz^T: w is (out, in) as the library sees it. One call with ReLU's bits and the sums; or the
// product alone and a kernel that looks at y_below.
void plan(const GradInput& op, Plan& plan) {
  const int out = padded<float>(op.dz.cols);  // what is behind the last column is zero in both
  Product product{.a = {unwrap(op.w.data), out, op.w.rows, op.w.stored, true},
                  .b = {unwrap(op.dz.data), out, op.dz.rows, op.dz.ld},
                  .d = unwrap(op.dz_below.data),
                  .ld_d = op.dz_below.ld};
  const bool relu = op.act_below == Activation::relu;
  if (const std::optional<Mask> mask = relu ? plan.mask_of(op.y_below) : std::nullopt) {
    Product fused = product;
    fused.epilogue = CUBLASLT_EPILOGUE_DRELU_BGRAD;
    fused.bias = unwrap(op.db_below.data);
    fused.mask = mask->bits;
    fused.mask_ld = mask->ld;
    if (plan.add_fused_product(fused)) return;
  }
  plan.add_product(product);
  const MaskAndSum to{.dz = unwrap(op.dz_below.data),
                      .rows = op.dz_below.rows,
                      .cols = op.dz_below.cols,
                      .ld = op.dz_below.ld,
                      .y = relu ? unwrap(op.y_below.data) : nullptr,
                      .ld_y = op.y_below.ld,
                      .db = unwrap(op.db_below.data)};
  plan.piece([=](const Lane& lane) { mask_and_sum(lane.stream, to); });
}

}  // namespace duet::cuda
