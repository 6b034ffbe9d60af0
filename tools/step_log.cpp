#include "tools/step_log.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

namespace duet {
namespace {

// JSON has no NaN and no infinity.
std::string number(float value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }

}  // namespace

StepLog::StepLog(const std::filesystem::path& path, IfThere if_there)
    : file_(path, if_there, "--log-steps") {}

StepLog::StepLog(const std::filesystem::path& path, std::int64_t steps)
    : file_((cut_back(path, steps), path), IfThere::append, "--log-steps"), steps_(steps) {}

StepLog::~StepLog() {
  std::error_code ignored;
  if (file_.created() && steps_ == 0) std::filesystem::remove(file_.path(), ignored);
}

void StepLog::append(std::span<const Result> results) {
  std::string lines;
  for (const Result& r : results) {
    lines += fmt::format("{{\"step\":{},\"loss\":{},\"accuracy\":{}}}\n", ++steps_, number(r.loss),
                         static_cast<double>(r.correct) / r.seen);
  }
  file_.append(lines);
}

}  // namespace duet
