#include "cpu/host.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace duet::cpu {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return line;
}

std::optional<double> number_in(const fs::path& file) {
  std::istringstream in(first_line(file).value_or(""));
  double value;
  if (in >> value) return value;
  return std::nullopt;  // missing, or "max"
}

// The number of the line "key number", as in memory.stat and /proc/meminfo; 0 without it.
double number_of(const fs::path& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    double value;
    if (words >> word && word == key && words >> value) return value;
  }
  return 0;
}

// The folders of this process's cgroup, from its own up to the root, for a controller ("cpu", "memory") of
// version 1, or of version 2. In a container /proc may name a path of the outside that is not mounted here:
// then only the root of the mount is left, which is the container's own.
std::vector<fs::path> cgroup_folders(const fs::path& root, const std::string& controller) {
  std::vector<fs::path> folders;
  std::ifstream in(root /
                   "proc/self/cgroup");  // lines "4:cpu,cpuacct:/path" (version 1) or "0::/path" (version 2)
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool version2 = controllers.empty();
    if (!version2 && ("," + controllers + ",").find("," + controller + ",") == std::string::npos) continue;
    fs::path mount = root / "sys/fs/cgroup";
    if (!version2) mount /= fs::exists(mount / controllers) ? controllers : controller;
    fs::path below = fs::path(line.substr(second + 1)).relative_path();
    for (; !below.empty(); below = below.parent_path()) folders.push_back(mount / below);
    folders.push_back(mount);
  }
  return folders;
}

// The smallest quota on the way up, in processors.
double cpu_quota(const fs::path& root) {
  double least = 0;
  const auto take = [&](double quota, double period) {
    if (quota > 0 && period > 0) least = least == 0 ? quota / period : std::min(least, quota / period);
  };
  for (const fs::path& folder : cgroup_folders(root, "cpu")) {
    std::istringstream max(first_line(folder / "cpu.max").value_or(""));  // "150000 100000" or "max 100000"
    double quota, period;
    if (max >> quota >> period) take(quota, period);
    take(number_in(folder / "cpu.cfs_quota_us").value_or(-1),
         number_in(folder / "cpu.cfs_period_us").value_or(0));
  }
  return least;
}

// Of this process; none where it is unlimited.
std::optional<double> soft_limit(decltype(RLIMIT_AS) resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

// What may still be reserved, touched or not; none where that is unlimited. (RLIMIT_DATA counts what is
// private and writable. A system that promises no more than it has, vm.overcommit_memory = 2, counts that of
// all processes.)
std::optional<double> addresses_left(const fs::path& root) {
  std::optional<double> least;
  const auto take = [&](double limit, double used) {
    const double left = std::max(0.0, limit - used);
    least = least ? std::min(*least, left) : left;
  };
  constexpr double kib = 1024;
  const fs::path status = root / "proc/self/status", meminfo = root / "proc/meminfo";
  if (const auto limit = soft_limit(RLIMIT_AS)) take(*limit, kib * number_of(status, "VmSize:"));
  if (const auto limit = soft_limit(RLIMIT_DATA)) take(*limit, kib * number_of(status, "VmData:"));
  if (number_in(root / "proc/sys/vm/overcommit_memory") == 2) {
    take(kib * number_of(meminfo, "CommitLimit:"), kib * number_of(meminfo, "Committed_AS:"));
  }
  return least;
}

// Those of all users, the only number that one file tells: "0.02 0.01 0.00 2/345 12345" has 345. Infinite
// where it tells none.
double threads_of_the_machine(const fs::path& root) {
  std::istringstream in(first_line(root / "proc/loadavg").value_or(""));
  in.ignore(std::numeric_limits<std::streamsize>::max(), '/');
  double all = 0;
  return in >> all && all > 0 ? all : std::numeric_limits<double>::infinity();
}

}  // namespace

std::vector<int> affinity() {
  std::vector<int> processors;
  // cpu_set_t has 1024 bits; on a larger machine the call wants more of them, and refuses fewer.
  constexpr std::size_t bits = CPU_SETSIZE;
  std::vector<cpu_set_t> mask(1);
  int error;
  while ((error = sched_getaffinity(0, mask.size() * sizeof(cpu_set_t), mask.data())) != 0 &&
         errno == EINVAL && mask.size() < 64) {
    mask.resize(2 * mask.size());
  }
  for (std::size_t i = 0; error == 0 && i < mask.size() * bits; ++i) {
    if (CPU_ISSET(i % bits, &mask[i / bits])) processors.push_back(static_cast<int>(i));
  }
  if (processors.empty()) processors.push_back(0);
  return processors;
}

Cores cores(const std::vector<int>& processors, const fs::path& root) {
  std::set<std::pair<std::string, std::string>> different;  // (package, core); unknown ones count each
  for (const int processor : processors) {
    const fs::path topology = root / fmt::format("sys/devices/system/cpu/cpu{}/topology", processor);
    const auto package = first_line(topology / "physical_package_id"),
               core = first_line(topology / "core_id");
    different.insert({package.value_or("?"), core.value_or(fmt::format("?{}", processor))});
  }
  return {static_cast<int>(processors.size()), static_cast<int>(different.size()), cpu_quota(root)};
}

int Cores::threads() const {
  const int whole = quota > 0 ? static_cast<int>(std::min(quota, 65536.0)) : physical;
  return std::max(1, std::min(physical, whole));
}

std::string Cores::explain() const {
  std::string text = fmt::format("{} of {} processor{}, {} physical core{}", threads(), processors,
                                 processors == 1 ? "" : "s", physical, physical == 1 ? "" : "s");
  if (quota > 0) text += fmt::format(", cgroup quota {:.2f}", quota);
  return text;
}

bool may_refuse_threads(int more, const fs::path& root) {
  if (more == 0) return false;
  if (addresses_left(root)) return true;
  const auto processes = soft_limit(RLIMIT_NPROC);
  if (processes && threads_of_the_machine(root) + more > *processes) return true;
  const std::vector<fs::path> groups = cgroup_folders(root, "pids");
  return std::any_of(groups.begin(), groups.end(), [&](const fs::path& group) {
    const auto most = number_in(group / "pids.max");
    return most && number_in(group / "pids.current").value_or(*most) + more > *most;
  });
}

std::size_t addresses_per_thread(const fs::path& root) {
  pthread_attr_t attributes;
  if (!addresses_left(root) || pthread_getattr_default_np(&attributes) != 0) return 0;
  std::size_t stack = 0;
  pthread_attr_getstacksize(&attributes, &stack);
  pthread_attr_destroy(&attributes);
  return stack;
}

std::size_t available_memory(const fs::path& root) {
  double least = static_cast<double>(std::numeric_limits<std::int64_t>::max());
  if (const double kib = number_of(root / "proc/meminfo", "MemAvailable:"); kib > 0) least = kib * 1024;
  for (const fs::path& folder : cgroup_folders(root, "memory")) {
    // What is used counts the file cache too, which the system gives back when memory is asked for.
    const auto limit = [&](const char* most, const char* now, const std::string& prefix) {
      const auto bytes = number_in(folder / most);
      if (!bytes) return;
      const fs::path stat = folder / "memory.stat";
      const double cache =
          number_of(stat, prefix + "inactive_file") + number_of(stat, prefix + "active_file");
      const double used = std::max(0.0, number_in(folder / now).value_or(0) - cache);
      least = std::min(least, std::max(0.0, *bytes - used));
    };
    limit("memory.max", "memory.current", "");
    limit("memory.limit_in_bytes", "memory.usage_in_bytes", "total_");
  }
  if (const auto left = addresses_left(root)) least = std::min(least, *left);
  return static_cast<std::size_t>(least);
}

}  // namespace duet::cpu
