// How many threads and how much memory: read from planted /proc and /sys.
#include "cpu/host.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "tests/scratch_folder.h"

namespace duet::cpu {
namespace {

namespace fs = std::filesystem;

class Host : public testing::Test {
 protected:
  void plant(const fs::path& file, const std::string& text) {
    fs::create_directories((root() / file).parent_path());
    std::ofstream(root() / file) << text << "\n";
  }
  // Processors 0 .. n-1 of one package, two to a core.
  void plant_siblings(int n) {
    for (int i = 0; i < n; ++i) {
      const std::string topology = "sys/devices/system/cpu/cpu" + std::to_string(i) + "/topology/";
      plant(topology + "physical_package_id", "0");
      plant(topology + "core_id", std::to_string(i / 2));
    }
  }
  const fs::path& root() const { return folder_.path(); }

 private:
  ScratchFolder folder_;
};

TEST_F(Host, CountsCoresNotTheirThreads) {
  plant_siblings(8);
  const Cores found = cores({0, 1, 2, 3, 4, 5, 6, 7}, root());
  EXPECT_EQ(found.processors, 8);
  EXPECT_EQ(found.physical, 4);
  EXPECT_EQ(found.threads(), 4);
  EXPECT_EQ(found.explain(), "4 of 8 processors, 4 physical cores");
}

TEST_F(Host, TheAffinityMaskBinds) {
  plant_siblings(8);
  EXPECT_EQ(cores({2, 3}, root()).threads(), 1);
  EXPECT_EQ(cores({1, 2, 5}, root()).threads(), 3);
}

TEST_F(Host, WithoutTopologyEveryProcessorIsACore) { EXPECT_EQ(cores({0, 1, 2}, root()).threads(), 3); }

TEST_F(Host, Version2QuotaOfTheOwnGroup) {
  plant("proc/self/cgroup", "0::/system.slice/job");
  plant("sys/fs/cgroup/system.slice/job/cpu.max", "250000 100000");
  const Cores found = cores({0, 1, 2, 3}, root());
  EXPECT_DOUBLE_EQ(found.quota, 2.5);
  EXPECT_EQ(found.threads(), 2);
}

TEST_F(Host, Version2QuotaOfAParentBindsToo) {
  plant("proc/self/cgroup", "0::/system.slice/job");
  plant("sys/fs/cgroup/system.slice/job/cpu.max", "max 100000");
  plant("sys/fs/cgroup/system.slice/cpu.max", "50000 100000");
  EXPECT_EQ(cores({0, 1, 2, 3}, root()).threads(), 1);
}

TEST_F(Host, Version2InAContainerWhosePathIsOfTheOutside) {
  plant("proc/self/cgroup", "0::/../../docker/abc");
  plant("sys/fs/cgroup/cpu.max", "300000 100000");
  EXPECT_EQ(cores({0, 1, 2, 3}, root()).threads(), 3);
}

TEST_F(Host, Version1Quota) {
  plant("proc/self/cgroup", "5:memory:/job\n4:cpu,cpuacct:/job");
  plant("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000");
  plant("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cores({0, 1, 2, 3}, root()).threads(), 2);
}

TEST_F(Host, Version1WithoutALimit) {
  plant("proc/self/cgroup", "4:cpu,cpuacct:/");
  plant("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1");
  plant("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cores({0, 1, 2, 3}, root()).threads(), 4);
}

TEST_F(Host, MemoryIsWhatTheMachineHas) {
  plant("proc/meminfo", "MemTotal: 2000 kB\nMemAvailable: 1000 kB");
  EXPECT_EQ(available_memory(root()), 1000u * 1024);
}

TEST_F(Host, MemoryIsWhatTheGroupLeaves) {
  plant("proc/meminfo", "MemAvailable: 1000 kB");
  plant("proc/self/cgroup", "0::/job");
  plant("sys/fs/cgroup/job/memory.max", "500000");
  plant("sys/fs/cgroup/job/memory.current", "200000");
  EXPECT_EQ(available_memory(root()), 300000u);
}

TEST_F(Host, FileCacheOfTheGroupIsFree) {
  plant("proc/meminfo", "MemAvailable: 1000 kB");
  plant("proc/self/cgroup", "0::/job");
  plant("sys/fs/cgroup/job/memory.max", "500000");
  plant("sys/fs/cgroup/job/memory.current", "450000");
  plant("sys/fs/cgroup/job/memory.stat", "anon 100000\ninactive_file 200000\nactive_file 50000");
  EXPECT_EQ(available_memory(root()), 300000u);
}

TEST_F(Host, FileCacheOfVersion1IsFree) {
  plant("proc/meminfo", "MemAvailable: 1000 kB");
  plant("proc/self/cgroup", "7:memory:/job");
  plant("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "400000");
  plant("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "400000");
  plant("sys/fs/cgroup/memory/job/memory.stat",
        "inactive_file 1\ntotal_inactive_file 60000\ntotal_active_file 40000");
  EXPECT_EQ(available_memory(root()), 100000u);
}

TEST_F(Host, MemoryOfVersion1) {
  plant("proc/meminfo", "MemAvailable: 1000 kB");
  plant("proc/self/cgroup", "7:memory:/job");
  plant("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "400000");
  plant("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "500000");
  EXPECT_EQ(available_memory(root()), 0u);
}

// A soft limit of this process, until it goes.
class Limit {
 public:
  Limit(decltype(RLIMIT_AS) resource, rlim_t soft) : resource_(resource) {
    EXPECT_EQ(getrlimit(resource, &before_), 0);
    rlimit limit = before_;
    limit.rlim_cur = soft;
    EXPECT_EQ(setrlimit(resource, &limit), 0);
  }
  ~Limit() { EXPECT_EQ(setrlimit(resource_, &before_), 0); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  decltype(RLIMIT_AS) resource_;
  rlimit before_{};
};

TEST_F(Host, ThreadsBeyondALimitOfProcessesMayBeRefused) {
  const Limit limit(RLIMIT_NPROC, 120);
  EXPECT_TRUE(may_refuse_threads(1, root()));           // of a machine that says nothing
  plant("proc/loadavg", "0.02 0.01 0.00 2/100 12345");  // all of them may be this user's
  EXPECT_FALSE(may_refuse_threads(20, root()));
  EXPECT_TRUE(may_refuse_threads(21, root()));
}

TEST_F(Host, ThreadsBeyondTheGroupsLimitMayBeRefused) {
  plant("proc/loadavg", "0.02 0.01 0.00 2/10 12345");
  for (const char* group : {"sys/fs/cgroup/pids/job", "sys/fs/cgroup/job"}) {
    plant("proc/self/cgroup", group == std::string("sys/fs/cgroup/job") ? "0::/job" : "8:pids:/job");
    plant(fs::path(group) / "pids.current", "5");
    plant(fs::path(group) / "pids.max", "max");
    EXPECT_FALSE(may_refuse_threads(10, root())) << group;
    plant(fs::path(group) / "pids.max", "8");
    EXPECT_FALSE(may_refuse_threads(3, root())) << group;
    EXPECT_TRUE(may_refuse_threads(4, root())) << group;
  }
}

TEST_F(Host, ThreadsMayBeRefusedWhereAddressesAreLimited) {
  plant("proc/loadavg", "0.02 0.01 0.00 2/10 12345");
  EXPECT_FALSE(may_refuse_threads(1, root()));
  EXPECT_EQ(addresses_per_thread(root()), 0u);
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    const Limit limit(resource, rlim_t{1} << 46);
    EXPECT_TRUE(may_refuse_threads(1, root()));
    EXPECT_FALSE(may_refuse_threads(0, root()));
    EXPECT_GT(addresses_per_thread(root()), 0u);
  }
}

TEST_F(Host, MemoryIsWhatTheSystemPromises) {
  plant("proc/meminfo", "MemAvailable: 1000 kB\nCommitLimit: 900 kB\nCommitted_AS: 300 kB");
  plant("proc/sys/vm/overcommit_memory", "0");
  EXPECT_EQ(available_memory(root()), 1000u * 1024);
  plant("proc/sys/vm/overcommit_memory", "2");
  EXPECT_EQ(available_memory(root()), 600u * 1024);
  EXPECT_TRUE(may_refuse_threads(1, root()));
}

TEST_F(Host, ThisMachineHasSomething) {
  EXPECT_GE(cores(affinity()).threads(), 1);
  EXPECT_GT(available_memory(), 0u);
}

TEST_F(Host, MemoryIsWhatTheProcessMayTake) {
  constexpr rlim_t most = rlim_t{1} << 48, kib = 1024;  // beyond what a sanitizer reserves
  plant("proc/meminfo", "MemAvailable: 1000000 kB");
  plant("proc/self/status",
        fmt::format("Name:\tduet\nVmSize:\t {} kB\nVmData:\t  {} kB", most / kib - 5000, most / kib - 2000));
  {
    const Limit limit(RLIMIT_AS, most);
    EXPECT_EQ(available_memory(root()), 5000 * kib);
  }
  const Limit limit(RLIMIT_DATA, most);
  EXPECT_EQ(available_memory(root()), 2000 * kib);
}

TEST_F(Host, WhatThisProcessHasTakenIsKnown) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  constexpr std::size_t room = 100 << 20;
  const Limit limit(RLIMIT_AS, pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + room);
  const std::size_t available = available_memory();
  EXPECT_LE(available, room);
  EXPECT_GT(available, room / 2);
}

}  // namespace
}  // namespace duet::cpu
