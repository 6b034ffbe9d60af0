// Rows of a data set, batch by batch: full batches, then what is left. One program for each, over the same
// buffers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "core/backend.h"

namespace duet {

// Writes the ops of one step for batches of so many rows.
using StepOfRows = std::function<std::vector<Op>(int rows)>;

// What the programs of a Sweep will keep.
std::size_t bytes_of_sweep(Backend& backend, int examples, int batch, const StepOfRows& program);

class Sweep {
 public:
  Sweep(Backend& backend, int examples, int batch, const StepOfRows& program);

  int steps() const { return full_steps_ + (tail_ ? 1 : 0); }
  void run(int first, int count);  // steps first .. first+count-1

 private:
  int full_steps_;
  std::unique_ptr<Executable> full_, tail_;
};

// Of `examples` rows in batches of `batch`.
constexpr int count_steps(int examples, int batch) {
  return examples / batch + (examples % batch != 0 ? 1 : 0);
}

}  // namespace duet
