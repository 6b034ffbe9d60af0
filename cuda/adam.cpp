#include "core/layout.h"
#include "cuda/plan.h"

namespace duet::cuda {

void plan(const Adam& op, Plan& plan) {
  const AdamArrays to{.param = unwrap(op.param.data),
                      .g = unwrap(op.grad.data),
                      .m = unwrap(op.m.data),
                      .v = unwrap(op.v.data),
                      .size = padded<float>(op.param.size),
                      .step = plan.adam_step(),
                      .stopped = unwrap(op.stopped)};
  plan.piece([=](const Lane& lane) { adam(lane.stream, to); });
}

}  // namespace duet::cuda
