#include "tools/step_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "core/error.h"

namespace duet {
namespace {

// JSON has no NaN and no infinity.
std::string number(float value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }

}  // namespace

StepLog::StepLog(const std::filesystem::path& path, bool force)
    : path_(path), file_(std::fopen(path.c_str(), "wxe")), created_(file_ != nullptr) {
  if (!file_ && errno == EEXIST && force) file_.reset(std::fopen(path.c_str(), "we"));
  if (file_) return;
  if (errno == EEXIST) {
    fail(ErrorKind::other, "--log-steps: {} is already there; choose another name, or --force to replace it",
         path.string());
  }
  fail(ErrorKind::other, "--log-steps: cannot write {}: {}", path.string(), std::strerror(errno));
}

StepLog::~StepLog() {
  std::error_code ignored;
  if (created_ && steps_ == 0) std::filesystem::remove(path_, ignored);
}

void StepLog::append(std::span<const Result> results) {
  std::string lines;
  for (const Result& r : results) {
    lines += fmt::format("{{\"step\":{},\"loss\":{},\"accuracy\":{}}}\n", ++steps_, number(r.loss),
                         static_cast<double>(r.correct) / r.seen);
  }
  if (std::fwrite(lines.data(), 1, lines.size(), file_.get()) != lines.size() ||
      std::fflush(file_.get()) != 0) {
    fail(ErrorKind::other, "--log-steps: cannot write {}: {}", path_.string(), std::strerror(errno));
  }
}

}  // namespace duet
