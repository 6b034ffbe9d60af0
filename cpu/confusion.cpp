#include "core/metrics.h"
#include "cpu/plan.h"

namespace duet::cpu {

void plan(const Confusion& op, Plan& plan) {
  // One tile: all rows add to the same counts.
  plan.stage(1, [z = op.logits, counts = op.counts, labels = unwrap(op.labels.from.labels.data),
                 order = unwrap(op.labels.order.data), stride = op.labels.stride](int, int step, float*) {
    const std::uint32_t* const examples = order + static_cast<std::ptrdiff_t>(step) * stride;
    for (int i = 0; i < z.rows; ++i) {
      const float* const row = unwrap(z.data) + static_cast<std::ptrdiff_t>(i) * z.ld;
      const int predicted = first_maximum({row, static_cast<std::size_t>(z.cols)});
      const int label = labels[examples[i]];
      unwrap(counts.data)[static_cast<std::ptrdiff_t>(label) * counts.ld + predicted] += 1;
    }
  });
}

}  // namespace duet::cpu
