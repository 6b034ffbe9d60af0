// Trains a network epoch by epoch, on whatever backend it is given.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/backend.h"
#include "core/data/split.h"
#include "core/memory_needs.h"
#include "core/metrics.h"
#include "core/mlp.h"
#include "core/resident.h"
#include "core/sweep.h"

namespace duet {

struct TrainerConfig {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7;
  int batch = 128;
  std::uint64_t seed = 22;  // of the shuffles; initial weights are given
  bool shuffle = true;      // every epoch anew
  int slice_ends_at = 0;    // multiples of it, steps counted over all epochs, end a slice; 0: none must
};

// All that a training needs to go on as if it had not stopped, on any number of threads.
struct TrainerState {
  int epoch = 0, step = 0;                      // the step to be made next; 0 <= step <= steps of an epoch
  std::vector<Layer> layers = {};               // the weights now
  std::vector<Layer> mean = {}, variance = {};  // Adam's m and v in the shape of the weights; none: all zero
  std::vector<Layer> last_good = {};  // weights at the end of the last completed epoch, where step > 0
  std::vector<Result> results = {};   // (step): of this epoch so far
};

// What the epoch in progress has done so far. A device that only takes orders may have done fewer steps.
struct Progress {
  int epoch, steps_done, steps;
};
// Called between slices of about 50 ms; false asks the trainer to stop there.
using Watch = std::function<bool(const Progress&)>;
// Whether a watch looks at known_results(), which costs a little at the start of every epoch.
enum class Looks { no, yes };

// Rows of one part of a data set.
struct Selection {
  ResidentExamples data;
  Split rows;
};

// The same while they are on the host alone.
struct HostSelection {
  const LabelledImages& data;
  Split rows;
};

struct EpochReport {
  int epoch = 0;  // from 0
  Metrics train;
  std::optional<Metrics> validation;  // where there are rows for it
  double learning_rate = 0;
  double seconds = 0;              // the whole epoch with validation
  double examples_per_second = 0;  // trained examples, in the time of the training alone
};

// Of a Trainer and of the examples that its selections share or have for themselves.
MemoryNeeds memory_of_training(Backend& backend, const TrainerConfig& config, const LayerSizes& sizes,
                               const HostSelection& training, const HostSelection& validation);

// Of batches that nothing is learned from.
struct ValidationBuffers {
  std::vector<Mat<float>> outputs;
  Vec<Result> results;
};

enum class EpochEnd { completed, stopped, diverged };

class Trainer {
 public:
  // The validation's rows may be none. Throws Error(memory), and Error(data) for a label beyond the last
  // layer's outputs.
  Trainer(Backend& backend, const TrainerConfig& config, const Selection& training,
          const Selection& validation, TrainerState start);
  Trainer(Backend& backend, const TrainerConfig& config, const Selection& training,
          const Selection& validation, std::vector<Layer> initial)
      : Trainer(backend, config, training, validation, TrainerState{.layers = std::move(initial)}) {}

  int steps_per_epoch() const { return training_.steps(); }

  // The next epoch. `diverged`: a loss or a weight was not finite; `stopped`: the watch said so. Then there
  // is no report, and the trainer is not to be run again.
  EpochEnd run_epoch(const Watch& watch = {}, Looks looks = Looks::no);

  // For a watch that looks: the results of the first steps of the epoch in progress, as far as they are known
  // without waiting for the device.
  std::span<const Result> known_results();

  // Between epochs, for a watch between slices, or after one that said stop. Waits for the device.
  TrainerState state();

  const EpochReport& report() const { return report_; }              // of the last completed epoch
  std::span<const Result> step_results() const { return results_; }  // of the last epoch, as far as it came
  // At the end of the last completed epoch, or as it began.
  const std::vector<Layer>& layers() const& { return layers_; }
  std::vector<Layer> layers() && { return std::move(layers_); }
  int epochs_completed() const { return epochs_completed_; }
  // Step of the diverged epoch whose loss was not finite, counted over all epochs from 1.
  std::optional<std::int64_t> diverged_at() const { return diverged_at_; }

 private:
  bool train(const Watch& watch, Looks looks);
  int steps_to_end_of_slice() const;
  bool follow(const Watch& watch, std::chrono::steady_clock::time_point start);
  void forget_results();

  Backend& backend_;
  TrainerConfig config_;
  std::vector<Layer> layers_;
  ResidentExamples training_data_, validation_data_;
  ResidentOrder order_, validation_order_;
  std::pair<Memory, TrainingBuffers> buffers_;
  std::pair<Memory, ValidationBuffers> validation_buffers_;
  std::unique_ptr<Executable> shuffle_;
  Sweep training_, validation_;

  int epochs_completed_ = 0;
  int steps_done_ = 0;  // of the epoch in progress
  std::vector<Result> results_, looked_at_;
  EpochReport report_;
  std::optional<std::int64_t> diverged_at_;
};

}  // namespace duet
