// What control.h promises to tests.
#include "tests/cuda_double/control.h"

#include <atomic>
#include <cstring>
#include <deque>
#include <stdexcept>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/machine/shadow.h"
#include "tests/cuda_double/runtime/event.h"
#include "tests/cuda_double/runtime/graph.h"
#include "tests/cuda_double/runtime/host_memory.h"
#include "tests/cuda_double/runtime/library.h"
#include "tests/cuda_double/runtime/settings.h"
#include "tests/cuda_double/runtime/stream.h"
#include "tests/cuda_double/runtime/tally.h"

namespace duet::cuda_double {
namespace {

std::atomic<std::uint64_t> calls = 0;
std::atomic<std::int64_t> handles_of_libraries = 0;

struct Injection {
  std::atomic<std::uint64_t> at = 0;  // number of the call; 0: none
  std::atomic<bool> has_come = false;
};
Injection& injection() {
  static Injection injection{.at = settings().fail};
  return injection;
}

Counters counters() {
  const std::lock_guard lock(Queue::instance().mutex);
  Counters now = tally();
  now.calls = calls;
  now.living_allocations = DeviceMemory::instance().living() + host_memory().living();
  now.living_handles = streams().size() + events().size() + graphs().size() + graph_execs().size() +
                       static_cast<std::uint64_t>(handles_of_libraries);
  return now;
}

GraphShape shape_of_last_graph() {
  const std::lock_guard lock(Queue::instance().mutex);
  return last_graph();
}

std::size_t take_report(char* text, std::size_t size) {
  static auto& waiting = *new std::deque<Report>;
  const std::lock_guard lock(Queue::instance().mutex);
  for (Report& report : take_reports()) waiting.push_back(std::move(report));
  if (waiting.empty()) return 0;
  const std::string line = std::string(name_of(waiting.front().check)) + ": " + waiting.front().text;
  waiting.pop_front();
  const std::size_t length = line.copy(text, size - 1);
  text[length] = '\0';
  return length;
}

void fail_at(std::uint64_t call) {
  injection().has_come = false;
  injection().at = call == 0 ? 0 : calls + call;
}

bool has_failed() { return injection().has_come; }

int set_schedule(const char* text) {
  const std::lock_guard lock(Queue::instance().mutex);
  try {
    Queue::instance().schedule = parse_schedule(text);
    return 0;
  } catch (const std::invalid_argument&) { return 1; }
}

}  // namespace

bool fails_by_injection(std::string_view) {
  if (++calls != injection().at) return false;
  injection().has_come = true;
  return true;
}

void count_handle(int change) { handles_of_libraries += change; }

Counters& tally() {
  static Counters tally{};
  return tally;
}
double& device_microseconds() {
  static double microseconds = 0;
  return microseconds;
}
GraphShape& last_graph() {
  static GraphShape shape{};
  return shape;
}

}  // namespace duet::cuda_double

extern "C" const duet::cuda_double::ControlTable* duet_cuda_double_control() {
  using namespace duet::cuda_double;
  static const ControlTable table = {counters,   shape_of_last_graph, take_report,         fail_at,
                                     has_failed, set_schedule,        set_follows_accesses};
  return &table;
}
