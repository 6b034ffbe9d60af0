#include "cuda/plan.h"

namespace duet::cuda {

// By cuDNN where it is installed.
void plan(const Softmax& op, Plan& plan) {
  const SoftmaxRows to{unwrap(op.logits.data), op.logits.rows, op.logits.cols, op.logits.ld};
  const Cudnn* const cudnn = plan.device().cudnn();
  if (cudnn != nullptr) {
    plan.note_algorithm("cuDNN " + cudnn->version());
    auto* const scratch = plan.keep<float>(static_cast<std::size_t>(to.rows) * to.ld);
    plan.piece([=](const Lane& lane) { cudnn->softmax(lane.stream, to, scratch); });
  } else {
    plan.note_algorithm("our own, since cuDNN is not installed");
    plan.piece([=](const Lane& lane) { softmax(lane.stream, to); });
  }
}

}  // namespace duet::cuda
