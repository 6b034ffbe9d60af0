#include "core/sweep.h"

#include <algorithm>

namespace duet {

std::size_t bytes_of_sweep(Backend& backend, int examples, int batch, const StepOfRows& program) {
  std::size_t bytes = examples >= batch ? backend.bytes_to_compile(program(batch)) : 0;
  if (const int rest = examples % batch; rest > 0) bytes += backend.bytes_to_compile(program(rest));
  return bytes;
}

Sweep::Sweep(Backend& backend, int examples, int batch, const StepOfRows& program)
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
