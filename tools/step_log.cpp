#include "tools/step_log.h"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>
#include <system_error>

#include "core/data/file.h"
#include "core/error.h"
#include "tools/console.h"

namespace duet {
namespace {

constexpr const char* option = "--log-steps";

// JSON has no NaN and no infinity.
std::string number(float value) { return std::isfinite(value) ? fmt::format("{}", value) : "null"; }

std::string beginning(std::int64_t step) { return fmt::format("{{\"step\":{},\"loss\":", step); }

// Its first steps. A run folder may come from anyone, and name any file of the user's: only a step log is
// cut.
std::string_view first_steps(const std::filesystem::path& path, std::string_view all, std::int64_t steps) {
  std::string_view rest =
      all.substr(0, all.find_last_not_of('\0') + 1);  // some disks leave zeros after a power cut
  std::int64_t step = 0;
  std::size_t kept = 0;
  for (; !rest.empty(); ++step) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    const std::string expected = beginning(step + 1);
    if (end == rest.npos && expected.starts_with(line.substr(0, expected.size()))) break;  // half a line
    if (!line.starts_with(expected) || end == rest.npos) {
      fail(ErrorKind::other, "{}: line {} of {} is not of step {}: move it away, and a new log is begun",
           option, step + 1, path.string(), step + 1);
    }
    rest.remove_prefix(end + 1);
    if (step + 1 <= steps) kept += end + 1;
  }
  if (step >= steps) return all.substr(0, kept);
  fail(ErrorKind::other,
       "{}: {} has only {} lines where {} were written: move it away, and a new log is begun", option,
       path.string(), step, steps);
}

}  // namespace

StepLog::StepLog(const std::filesystem::path& path, IfThere if_there) : file_(path, if_there, option) {}

StepLog::StepLog(const std::filesystem::path& path, std::int64_t steps, const std::string& sha256)
    : file_(path, IfThere::append, option), steps_(steps) {
  if (std::error_code ignored; !std::filesystem::is_regular_file(path, ignored)) return;
  if (file_.created()) {
    if (steps > 0) {
      talk("duet: {}: {} is gone; a new one is begun with step {}\n", option, path.string(), steps + 1);
    }
    return;
  }
  const std::string text = read_text_file(path);
  const std::string_view kept = first_steps(path, text, steps);
  if (!sha256.empty() && duet::sha256(bytes_of_text(kept)) != sha256) {
    fail(ErrorKind::other, "{}: {} is the log of another training: move it away, and a new log is begun",
         option, path.string());
  }
  file_.cut_back_to(kept);
}

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
