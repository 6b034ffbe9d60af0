#include "cuda/plan.h"

namespace duet::cuda {

// By cuDNN where it is installed.
void plan(const Softmax& op, Plan& plan) {
  const SoftmaxRows to{unwrap(op.logits.data), op.logits.rows, op.logits.cols, op.logits.ld};
  const Cudnn* const cudnn = plan.device().cudnn();
  if (cudnn != nullptr) {
    plan.device().note_algorithm(plan.op_in_words(), "cuDNN " + cudnn->version());
    plan.piece([=](const Lane& lane) { cudnn->softmax(lane.stream, to); });
  } else {
    plan.device().note_algorithm(plan.op_in_words(), "our own, since cuDNN is not installed");
    plan.piece([=](const Lane& lane) { softmax(lane.stream, to); });
  }
}

}  // namespace duet::cuda
