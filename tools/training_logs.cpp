#include "tools/training_logs.h"

#include "core/error.h"
#include "tools/console.h"
#include "tools/rasterize.h"

namespace duet {

TrainingLogs::TrainingLogs(const TrainOptions& options, const TrainingData& data) : options_(options) {
  if (!options.tensorboard.empty()) examples_ = draw_examples(data.data.train, data.data.class_names);
}

void TrainingLogs::begin() {
  if (!options_.tensorboard.empty()) tensorboard_ = std::make_unique<TensorBoard>(options_.tensorboard, 0);
  if (options_.log_steps.empty()) return;
  step_log_ =
      std::make_unique<StepLog>(options_.log_steps, options_.force ? IfThere::replace : IfThere::fail);
}

void TrainingLogs::go_on(std::int64_t steps, const std::string& sha256_of_steps) {
  if (!options_.tensorboard.empty()) {
    tensorboard_ = std::make_unique<TensorBoard>(options_.tensorboard, steps);
  }
  if (options_.log_steps.empty()) return;
  step_log_ = std::make_unique<StepLog>(options_.log_steps, steps, sha256_of_steps);
}

void TrainingLogs::examples() {
  if (examples_) show("examples", *examples_);
}

void TrainingLogs::steps(std::span<const Result> results) {
  if (step_log_) step_log_->append(results);
  if (tensorboard_) tensorboard_->steps(results);
}

void TrainingLogs::epoch(const EpochReport& report) {
  if (tensorboard_) tensorboard_->epoch(report);
}

void TrainingLogs::test(const Evaluation& evaluation, const std::vector<std::string>& class_names) {
  if (tensorboard_) show("test/confusion", draw_confusion(evaluation, class_names));
}

std::string TrainingLogs::sha256_of_steps() const { return step_log_ ? step_log_->sha256() : ""; }

std::vector<std::filesystem::path> TrainingLogs::files() const {
  if (!step_log_) return {};
  return {options_.log_steps};
}

void TrainingLogs::show(std::string_view tag, const Svg& figure) {
  Bytes png;
  try {
    png = rasterize(figure.file(), 2);
  } catch (const Error& error) {
    if (!options_.quiet) talk("duet: --tensorboard gets no picture '{}': {}\n", tag, error.what());
    return;
  }
  tensorboard_->picture(tag, png.span());
}

}  // namespace duet
