#include "core/layout.h"
#include "cuda/plan.h"

namespace duet::cuda {
namespace {

void plan_tf32_tiles(const GradInput& op, Plan& plan) {
  const bool relu = op.act_below == Activation::relu;
  const int rows = op.dz.rows, in = op.dz_below.cols, tiles = tiles_of_tf32(rows);
  float* const db = unwrap(op.db_below.data);
  const std::size_t sums = static_cast<std::size_t>(tiles) * in;
  const Tf32GradInput to{.dz = unwrap(op.dz.data),
                         .w = unwrap(op.w.data),
                         .y_below = relu ? unwrap(op.y_below.data) : nullptr,
                         .dz_below = unwrap(op.dz_below.data),
                         .rows = rows,
                         .in = in,
                         .out = op.dz.cols,
                         .ld_dz = op.dz.ld,
                         .ld_w = op.w.stored,
                         .ld_y = op.y_below.ld,
                         .ld_below = op.dz_below.ld,
                         .sums = tiles == 1 ? db : plan.keep<float>(sums)};
  plan.note_algorithm("our own in TF32");
  plan.piece([=](const Lane& lane) { tf32_grad_input(lane.stream, to); });
  if (tiles == 1) return;
  const MaskAndSum of_tiles{
      .dz = to.sums, .rows = tiles, .cols = in, .ld = in, .y = nullptr, .ld_y = 0, .db = db};
  plan.begin_part();
  plan.touch(to.sums, sums, false);
  plan.touch(db, in, true);
  plan.piece([=](const Lane& lane) { mask_and_sum(lane.stream, of_tiles); });
}

}  // namespace

// Our own kernel where rows are few. Else dz_below^T = w dz^T: w is (out, in) as the library sees it. One
// call with ReLU's bits and the sums; or the product alone and a kernel that looks at y_below.
void plan(const GradInput& op, Plan& plan) {
  if (plan.has_tf32_tiles(op.dz.rows)) return plan_tf32_tiles(op, plan);
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
