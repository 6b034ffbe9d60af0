#include "cuda/plan.h"

namespace duet::cuda {

// By cuDNN where it is installed.
void plan(const Softmax& op, Plan& plan) {
  const SoftmaxRows to{unwrap(op.logits.data), op.logits.rows, op.logits.cols, op.logits.ld};
  const Cudnn* const cudnn = plan.device().cudnn();
  if (cudnn != nullptr) {
    plan.note_algorithm("cuDNN " + cudnn->version());
    const std::size_t size = static_cast<std::size_t>(to.rows) * to.classes;
    auto* const logits = plan.keep<float>(size);
    auto* const probabilities = plan.keep<float>(size);
    plan.piece([=](const Lane& lane) { cudnn->softmax(lane.stream, to, logits, probabilities); });
  } else {
    plan.note_algorithm("our own, since cuDNN is not installed");
    plan.piece([=](const Lane& lane) { softmax(lane.stream, to); });
  }
}

}  // namespace duet::cuda
