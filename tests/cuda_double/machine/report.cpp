#include "tests/cuda_double/machine/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "tests/cuda_double/machine/work.h"

namespace duet::cuda_double {
namespace {

constexpr int most_of_a_work = 20;
constexpr int status_of_findings = 86;

struct Reports {
  std::mutex mutex;
  std::vector<Report> untaken;
  std::unordered_set<std::string> texts;  // of these
  WorkNumber work = 0;                    // whose are counted
  int of_work = 0;
  bool process_ends = false;
  int exit_status = 0;
};
Reports& reports() {
  static Reports& all = *new Reports;  // never destroyed: reports may be made while the process ends
  return all;
}

// Without what a process would do yet: nothing else gives a process that calls exit(0) another status.
void end_with_findings() {
  std::fflush(nullptr);
  if (reports().exit_status == 0) _exit(status_of_findings);
}

void print(const Report& finding) {
  fmt::print(stderr, "double of CUDA: {}: {}\n", name_of(finding.check), finding.text);
}

// glibc's on_exit() is told the status, unlike what atexit() and destructors run. Called when the library is
// loaded, and so run after the handlers and destructors of all that was loaded or made later.
void at_end(int status, void*) {
  const std::vector<Report> untaken = take_reports();
  reports().process_ends = true;
  reports().exit_status = status;
  for (const Report& finding : untaken) print(finding);
  if (!untaken.empty()) end_with_findings();
}
[[maybe_unused]] const int registered = on_exit(at_end, nullptr);

}  // namespace

std::string_view name_of(Check check) {
  switch (check) {
    case Check::bounds: return "bounds";
    case Check::uninitialised: return "uninitialised";
    case Check::race: return "race";
    case Check::barrier: return "barrier";
    case Check::misaligned: return "misaligned";
    case Check::launch: return "launch";
    case Check::unsupported: return "unsupported";
    case Check::misuse: return "misuse";
    case Check::leak: return "leak";
  }
  return "";
}

void report(Check check, std::string text) {
  Reports& all = reports();
  const std::lock_guard lock(all.mutex);
  if (all.texts.count(text) != 0) return;
  if (const Work* const work = Running::now()) {
    if (all.work != work->number) all.of_work = 0;
    all.work = work->number;
    if (all.of_work > most_of_a_work) return;
    if (all.of_work++ == most_of_a_work) text = fmt::format("{}: and more, which are not listed", work->name);
  }
  if (all.process_ends) {
    print({check, text});
    return end_with_findings();
  }
  all.texts.insert(text);
  all.untaken.push_back({check, std::move(text)});
}

std::vector<Report> take_reports() {
  Reports& all = reports();
  const std::lock_guard lock(all.mutex);
  all.texts.clear();
  return std::exchange(all.untaken, {});
}

}  // namespace duet::cuda_double
