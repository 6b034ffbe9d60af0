// What this process may use of its machine: processors by affinity mask and cgroup quota, memory by cgroup
// limit. OpenMP's own default knows nothing of quotas, and containers are many times slower for it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace duet::cpu {

struct Cores {
  int processors = 1;   // in the affinity mask
  int physical = 1;     // different cores among them
  double quota = 0;     // processors by cgroup cpu.max or cpu.cfs_quota_us; 0: no limit
  int threads() const;  // what to use: the physical cores, no more than the quota's whole ones, at least one
  std::string explain() const;
};

std::vector<int> affinity();  // the processors this process may run on

// `root` is where /proc and /sys are looked for: tests plant files.
Cores cores(const std::vector<int>& processors, const std::filesystem::path& root = "/");

// Whether the system could refuse this process so many threads more: by ulimit -u or a cgroup's pids.max, or
// by a limit of addresses (ulimit -v, ulimit -d, no overcommitment), which counts their stacks. Says yes more
// often than the system does.
bool may_refuse_threads(int more, const std::filesystem::path& root = "/");

// Bytes that a thread to come takes of available_memory() at once: its stack where addresses are limited;
// else 0.
std::size_t addresses_per_thread(const std::filesystem::path& root = "/");

// Bytes that may still be taken: MemAvailable, or less by a cgroup's limit or one of addresses. File cache
// counts as free.
std::size_t available_memory(const std::filesystem::path& root = "/");

}  // namespace duet::cpu
