// --log-steps: one JSON line for every training step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/ops.h"
#include "tools/line_file.h"

namespace duet {

class StepLog {
 public:
  // Throws Error(other) when the file is there and may not be replaced, or cannot be written.
  StepLog(const std::filesystem::path& path, IfThere if_there);
  // Goes on behind so many steps of a log that is there; of one that is gone it begins a new one, with a
  // note. `sha256`: of those steps' lines; empty where it is not known. Throws Error(other) where it is
  // another log.
  StepLog(const std::filesystem::path& path, std::int64_t steps, const std::string& sha256);
  ~StepLog();  // removes a log without a step that it made itself
  StepLog(const StepLog&) = delete;
  StepLog& operator=(const StepLog&) = delete;
  // {"step": 1, "loss": ..., "accuracy": ...} of each; steps count on. Throws Error(other).
  void append(std::span<const Result> results);
  std::string sha256() const { return file_.sha256(); }  // of all lines

 private:
  LineFile file_;
  std::int64_t steps_ = 0;
};

}  // namespace duet
