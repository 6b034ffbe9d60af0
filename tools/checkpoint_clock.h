// --checkpoint-every: when the next checkpoint is due.
#pragma once

#include <chrono>
#include <string>

#include "core/trainer.h"

namespace duet {

class CheckpointClock {
 public:
  // "epoch", a number of steps, or seconds as in "30s". Throws Error(usage).
  explicit CheckpointClock(const std::string& every);

  int steps() const { return steps_; }  // that slices end at; 0: they need not
  bool is_due(const Progress& progress) const;
  bool is_due_at_epoch() const { return steps_ == 0 && seconds_ == 0; }
  void restart() { last_ = std::chrono::steady_clock::now(); }

 private:
  int steps_ = 0;
  double seconds_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace duet
