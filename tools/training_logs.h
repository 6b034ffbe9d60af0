// What a training writes beside its run folder, where that is asked for: --log-steps and --tensorboard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/evaluation.h"
#include "core/ops.h"
#include "core/trainer.h"
#include "report/figures.h"
#include "tools/step_log.h"
#include "tools/tensorboard.h"
#include "tools/train_options.h"
#include "tools/training_data.h"

namespace duet {

class TrainingLogs {
 public:
  // Draws the examples that TensorBoard shows, before their pixels leave for the device.
  TrainingLogs(const TrainOptions& options, const TrainingData& data);

  // Of a new training; of one that has made so many steps, whose lines had that SHA-256 (step_log.h). Both
  // throw Error(other).
  void begin();
  void go_on(std::int64_t steps, const std::string& sha256_of_steps);

  // Both throw Error(other).
  void steps(std::span<const Result> results);
  void epoch(const EpochReport& report);
  // Pictures. That one cannot be made is told, and stops nothing; one that cannot be written is Error(other).
  void examples();
  void test(const Evaluation& evaluation, const std::vector<std::string>& class_names);

  std::string sha256_of_steps() const;               // empty without --log-steps
  std::vector<std::filesystem::path> files() const;  // that are to be on disk before a checkpoint is

 private:
  void show(std::string_view tag, const Svg& figure);

  const TrainOptions& options_;
  std::optional<Svg> examples_;
  std::unique_ptr<TensorBoard> tensorboard_;
  std::unique_ptr<StepLog> step_log_;
};

}  // namespace duet
