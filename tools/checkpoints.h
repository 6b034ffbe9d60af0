// The checkpoints of a run, NUMBER-OF-STEPS.safetensors (checkpoint_files.h): written beside the training, an
// older one removed only when a newer one has been read back. The model of the best epoch so far goes to disk
// before the checkpoint that follows it, so that no checkpoint lacks what its epochs brought.
#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <vector>

#include "core/checkpoint.h"
#include "core/error.h"
#include "core/model/model.h"

namespace duet {

class Checkpoints {
 public:
  // The newest `most` are kept. The folder is made by the first save.
  Checkpoints(std::filesystem::path folder, int most);
  ~Checkpoints();  // waits for what is being written
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  // To be written to `file` with the next checkpoint.
  void set_best(Model model, std::filesystem::path file);
  // Now, where it is not yet. Throws Error(other).
  void write_best();

  // Returns at once; but waits for the one before. `logs` come to disk first: who goes on from the checkpoint
  // takes it that they have all lines up to there.
  void save(Checkpoint checkpoint, int steps_per_epoch, std::vector<std::filesystem::path> logs);
  bool is_busy() const;  // with the last one
  void wait();
  // Why one could not be written, once; none where all could. Those that are there stay.
  std::optional<Error> take_trouble();
  void move_to(std::filesystem::path folder);  // where it is now
  void remove(
      const std::vector<std::filesystem::path>& others) noexcept;  // but for the one that was saved last
  void remove_all_but(const std::vector<std::filesystem::path>& others) noexcept;

 private:
  void let_it_end() const noexcept;

  struct BestModel {
    Model model;
    std::filesystem::path file;
  };
  void write(const Checkpoint& checkpoint, const std::filesystem::path& file);

  std::filesystem::path folder_, last_;
  int most_;
  std::optional<BestModel> best_;  // until it is given to be written
  // Of being_written_, and nobody else looks at them until it is done: what was wrong, and a best model that
  // is still to be written then.
  std::optional<Error> trouble_;
  std::optional<BestModel> left_over_;
  std::future<void> being_written_;
};

// The newest that can be read; of one that cannot, standard error says so. Throws Error(model) where there is
// none.
Checkpoint newest_checkpoint(const std::filesystem::path& run);

}  // namespace duet
