// On a CPU the parts of a head gain nothing from each other: starting an op costs a barrier, not a kernel.
#include "cpu/plan.h"

namespace duet::cpu {

void plan(const Head& op, Plan& plan) {
  const auto one_part = [&](const auto& part) {
    plan.begin(part);
    cpu::plan(part, plan);
  };
  one_part(op.last);
  one_part(op.loss);
  one_part(op.below);
}

}  // namespace duet::cpu
