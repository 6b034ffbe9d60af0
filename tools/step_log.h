// --log-steps: one JSON line for every training step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/ops.h"
#include "tools/line_file.h"

namespace duet {

class StepLog {
 public:
  // Throws Error(other) when the file is there and may not be replaced, or cannot be written.
  StepLog(const std::filesystem::path& path, IfThere if_there);
  // Goes on behind so many steps of a log that is there. Throws Error(data) where it has fewer.
  StepLog(const std::filesystem::path& path, std::int64_t steps);
  ~StepLog();  // removes a log without a step that it made itself
  StepLog(const StepLog&) = delete;
  StepLog& operator=(const StepLog&) = delete;
  // {"step": 1, "loss": ..., "accuracy": ...} of each; steps count on. Throws Error(other).
  void append(std::span<const Result> results);

 private:
  LineFile file_;
  std::int64_t steps_ = 0;
};

}  // namespace duet
