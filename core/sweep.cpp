#include "core/sweep.h"

#include <algorithm>

namespace duet {

Sweep::Sweep(Backend& backend, int examples, int batch,
             const std::function<std::vector<Op>(int rows)>& program)
    : full_steps_(examples / batch) {
  if (full_steps_ > 0) full_ = backend.compile(program(batch));
  if (const int rest = examples % batch; rest > 0) tail_ = backend.compile(program(rest));
}

void Sweep::run(int first, int count) {
  const int full = std::min(first + count, full_steps_) - first;
  if (full > 0) full_->run(first, full);
  if (first + count > full_steps_) tail_->run(full_steps_, 1);
}

}  // namespace duet
