#include "core/layout.h"
#include "cuda/plan.h"

namespace duet::cuda {
namespace {

// y^T = w^T x^T, in the library's words: w (out, in), x (in, rows) and y (out, rows), all as they are stored.
// With `out` columns, or with their padding too, which stays zero, since it is zero in w and b: rows of ten
// columns are not what its algorithms are made for.
Product forward(const Linear& op, Mat<const float> x, int out) {
  return {.a = {unwrap(op.w.data), out, op.w.rows, op.w.stored},
          .b = {unwrap(x.data), x.cols, x.rows, x.ld},
          .d = unwrap(op.y.data),
          .ld_d = op.y.ld};
}

void plan_tf32_tiles(const Linear& op, Plan& plan) {
  const Tf32Linear to{.x = plan.tf32_input(op.x),
                      .w = unwrap(op.w.data),
                      .b = unwrap(op.b.data),
                      .y = unwrap(op.y.data),
                      .rows = op.y.rows,
                      .in = op.w.rows,
                      .out = padded<float>(op.w.cols),
                      .ld_w = op.w.stored,
                      .ld_y = op.y.ld,
                      .relu = op.act == Activation::relu};
  plan.note_algorithm("our own in TF32");
  plan.piece([=](const Lane& lane) { tf32_linear(lane.stream, to); });
}

}  // namespace

// Our own kernel where rows are few. Else one call with bias, ReLU and the bits for the way back; or without
// the bits; or the product alone and a kernel.
void plan(const Linear& op, Plan& plan) {
  if (plan.has_tf32_tiles(op.y.rows)) return plan_tf32_tiles(op, plan);
  const Mat<const float> x = plan.input(op.x);
  const bool relu = op.act == Activation::relu;
  float* const bias = const_cast<float*>(unwrap(op.b.data));  // the same field is written in other epilogues
  if (const std::optional<Mask> mask = relu ? plan.new_mask(op.y) : std::nullopt) {
    Product fused = forward(op, x, op.w.cols);  // the bits belong to the columns that GradInput knows
    fused.epilogue = CUBLASLT_EPILOGUE_RELU_AUX_BIAS;
    fused.bias = bias;
    fused.mask = mask->bits;
    fused.mask_ld = mask->ld;
    if (plan.add_fused_product(fused)) return plan.keep_mask(op.y, *mask);
  }
  Product fused = forward(op, x, padded<float>(op.w.cols));
  fused.epilogue = relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  fused.bias = bias;
  if (plan.add_fused_product(fused)) return;
  plan.add_product(forward(op, x, padded<float>(op.w.cols)));
  const BiasActivation to{unwrap(op.y.data), op.y.rows, op.y.cols, op.y.ld, bias, relu};
  plan.piece([=](const Lane& lane) { add_bias(lane.stream, to); });
}

}  // namespace duet::cuda
