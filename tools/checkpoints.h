// The checkpoints of a run folder, checkpoints/NUMBER-OF-STEPS.safetensors: written beside the training, an
// older one removed only when a newer one has been read back.
#pragma once

#include <filesystem>
#include <future>
#include <string>

#include "core/checkpoint.h"

namespace duet {

class Checkpoints {
 public:
  // The newest `most` are kept. The folder is made by the first save.
  Checkpoints(std::filesystem::path run, int most);
  ~Checkpoints();  // waits for what is being written
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  // Returns at once; but waits for the one before. That one cannot be written is told on standard error and
  // stops nothing: the training goes on, and those that are there stay.
  void save(Checkpoint checkpoint, int steps_per_epoch);
  bool is_busy() const;  // with the last one
  void wait();
  // Why one could not be written, once; empty where all could.
  std::string take_trouble();
  void move_to(const std::filesystem::path& run);  // where the folder is now
  // The run is finished, and needs none of them. Throws nothing.
  void remove_all() noexcept;

 private:
  void write(const Checkpoint& checkpoint, const std::filesystem::path& file);

  std::filesystem::path folder_;
  int most_;
  std::string trouble_;  // of being_written_, which nobody else looks at until it is done
  std::future<void> being_written_;
};

bool has_checkpoint(const std::filesystem::path& run);

// The newest that can be read; of one that cannot, standard error says so. Throws Error(model) where there is
// none.
Checkpoint newest_checkpoint(const std::filesystem::path& run);

}  // namespace duet
