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
  // At the end of an epoch. Epochs that are so short that a checkpoint of each would take more than a
  // fiftieth of the time share one.
  bool is_due_at_epoch() const;
  // One was made, and the training stood still for it so long.
  void restart(double seconds_held_up);

 private:
  double seconds_since_last() const;

  int steps_ = 0;
  double seconds_ = 0;
  double seconds_held_up_ = 0;  // by the last one
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace duet
