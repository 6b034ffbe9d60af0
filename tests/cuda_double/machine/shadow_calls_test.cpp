// How a shadow is called: by warps, by copies and libraries, and not at all.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "tests/cuda_double/machine/order.h"
#include "tests/cuda_double/machine/reports_taken.h"
#include "tests/cuda_double/machine/shadow.h"

namespace duet::cuda_double {
namespace {

constexpr std::uint32_t all_lanes = 0xffffffff;

Work next_work(const char* name) {
  static WorkNumber number = 0;
  return {++number, name, [](WorkNumber) { return true; }};
}

void write_by_copy(Address address, std::size_t bytes) {
  const Work work = next_work("upload");
  const Running running(work);
  ASSERT_NE(DeviceMemory::instance().writable(address, bytes), nullptr);
}

std::string report_of_copy_from(Address address, std::size_t bytes) {
  const Work work = next_work("download");
  const Running running(work);
  EXPECT_NE(DeviceMemory::instance().readable(address, bytes), nullptr);
  return reports_taken();
}

class ShadowCalls : public testing::Test {
 protected:
  void TearDown() override { DeviceMemory::instance().free(memory_); }
  const Address memory_ = DeviceMemory::instance().allocate(4096).value();
};

TEST_F(ShadowCalls, AWarpsLanesAreItsThreads) {
  const Work work = next_work("adam");
  const Running running(work);
  KernelShadow shadow(work, 1);
  Address mine[32], backwards[32];
  for (unsigned lane = 0; lane < 32; ++lane) {
    mine[lane] = memory_ + 16 * lane;
    backwards[lane] = memory_ + 16 * (31 - lane);
  }
  const Agent second_warp{.block = 0, .thread = 32, .file = "adam.cu", .line = 30};
  shadow.access_warp(AccessKind::store, all_lanes, mine, 16, second_warp);
  shadow.access_warp(AccessKind::load, all_lanes, mine, 16, second_warp);
  EXPECT_EQ(reports_taken(), "");
  shadow.access_warp(AccessKind::load, 1u << 3, backwards, 16, {.thread = 32, .file = "adam.cu", .line = 31});
  EXPECT_EQ(reports_taken(),
            "race: adam: block 0, thread 35 (adam.cu:31) reads what block 0, thread 60 "
            "(adam.cu:30) wrote, in no order, 448 bytes into an allocation of 4096 bytes");
  shadow.access_warp(AccessKind::load, all_lanes, backwards, 16, {.thread = 32, .warp_syncs = 1});
  EXPECT_EQ(reports_taken(), "");
}

TEST_F(ShadowCalls, AWarpInSharedMemory) {
  const Work work = next_work("sums");
  SharedShadow shadow(work, 128);
  std::size_t offsets[32];
  for (unsigned lane = 0; lane < 32; ++lane) offsets[lane] = std::size_t{4} * (lane / 2);
  shadow.access_warp(AccessKind::store, 0x55555555, offsets, 4, {});
  EXPECT_EQ(reports_taken(), "");
  shadow.access_warp(AccessKind::store, 1u << 1, offsets, 4, {.file = "sums.cuh", .line = 9});
  EXPECT_EQ(reports_taken(),
            "race: sums: block 0, thread 1 (sums.cuh:9) writes what block 0, thread 0 wrote, "
            "in no order, 0 bytes into shared memory");
  shadow.access(AccessKind::load, 64, 4, {});
  EXPECT_EQ(reports_taken(),
            "uninitialised: sums: block 0, thread 0 reads what nobody wrote, 64 bytes into shared memory");
}

// The pattern of cuda/kernels/last_block.cuh, every block of 64 threads: each thread writes a word, and the
// last block adds what all have.
struct LastBlock {
  bool fence_of_writers = true, barrier_before = true, barrier_behind = true, fence_of_reader = true;
};

std::string reports_of(const LastBlock& pattern, Address memory, const std::vector<std::uint32_t>& order) {
  const Address counter = memory + 4092;
  write_by_copy(counter, 4);
  const Work work = next_work("head");
  const Running running(work);
  const auto blocks = static_cast<std::uint32_t>(order.size());
  KernelShadow shadow(work, blocks);
  std::uint32_t barriers = 0;
  const auto by_threads = [&](std::uint32_t block, auto act) {
    for (std::uint32_t thread = 0; thread < 64; ++thread) act(Agent{block, thread, barriers, 0});
  };
  for (const std::uint32_t block : order) {
    barriers = 0;
    by_threads(block, [&](const Agent& agent) {
      shadow.access(AccessKind::store, memory + 4 * (64 * block + agent.thread), 4, agent);
    });
    if (pattern.fence_of_writers) by_threads(block, [&](const Agent& agent) { shadow.fence(agent); });
    if (pattern.barrier_before) ++barriers;
    shadow.access(AccessKind::atomic, counter, 4, Agent{block, 0, barriers, 0});
    if (pattern.barrier_behind) ++barriers;
  }
  if (pattern.fence_of_reader) by_threads(order.back(), [&](const Agent& agent) { shadow.fence(agent); });
  by_threads(order.back(), [&](const Agent& agent) {
    for (std::uint32_t block = 0; block < blocks; ++block) {
      shadow.access(AccessKind::load, memory + 4 * (64 * block + 63 - agent.thread), 4, agent);
    }
  });
  return reports_taken();
}

TEST_F(ShadowCalls, TheLastBlockMayReadWhatAllWroteInAnyOrderOfBlocks) {
  for (const char* schedule : {"ascending", "descending", "random:1", "random:2"}) {
    EXPECT_EQ(reports_of({}, memory_, order_of(parse_schedule(schedule), 8, 0)), "") << schedule;
  }
}

TEST_F(ShadowCalls, AndNotWithoutEachPartOfThePattern) {
  const std::vector<std::uint32_t> order = order_of(parse_schedule("random:3"), 8, 0);
  const auto race = [&](const LastBlock& pattern) {
    return reports_of(pattern, memory_, order).find("race: head: block ") == 0;
  };
  EXPECT_FALSE(race({}));
  EXPECT_TRUE(race({.fence_of_writers = false}));
  EXPECT_TRUE(race({.barrier_before = false}));
  EXPECT_TRUE(race({.barrier_behind = false}));
  EXPECT_TRUE(race({.fence_of_reader = false}));
}

TEST_F(ShadowCalls, ACopyIsWithinAnAllocation) {
  const Work work = next_work("copy to host");
  const Running running(work);
  EXPECT_EQ(DeviceMemory::instance().readable(memory_ + 4000, 100), nullptr);
  EXPECT_EQ(reports_taken(), "bounds: copy to host: 100 bytes, 4000 bytes into an allocation of 4096 bytes");
  EXPECT_EQ(DeviceMemory::instance().writable(memory_ + 4000, 96),
            DeviceMemory::instance().locate(memory_ + 4000, 96));
  EXPECT_EQ(reports_taken(), "");
}

TEST_F(ShadowCalls, NobodyTouchesMemoryOutsideAWork) {
  EXPECT_THROW(DeviceMemory::instance().readable(memory_, 4), std::logic_error);
}

TEST_F(ShadowCalls, NewMemoryIsUnwrittenThoughOldWasWritten) {
  write_by_copy(memory_, 4096);
  DeviceMemory::instance().free(memory_);
  const Address fresh = DeviceMemory::instance().allocate(4096).value();
  EXPECT_NE(report_of_copy_from(fresh, 4), "");
  DeviceMemory::instance().free(fresh);
}

TEST_F(ShadowCalls, ThatAreSwitchedOffSeeNothingAndTrustWhatTheyMissed) {
  ASSERT_TRUE(follows_accesses());
  EXPECT_NE(report_of_copy_from(memory_, 4), "");
  set_follows_accesses(false);
  const Address then = DeviceMemory::instance().allocate(64).value();
  EXPECT_EQ(report_of_copy_from(memory_, 4), "");
  {
    const Work work = next_work("kernel");
    const Running running(work);
    KernelShadow shadow(work, 1);
    shadow.access(AccessKind::store, memory_, 4, {});
    shadow.access(AccessKind::store, memory_, 4, {.thread = 1});
    EXPECT_EQ(reports_taken(), "");
  }
  set_follows_accesses(true);
  EXPECT_EQ(report_of_copy_from(memory_, 4096), "") << "may have been written";
  {
    const Work work = next_work("histogram");
    const Running running(work);
    KernelShadow shadow(work, 1);
    for (const std::uint32_t thread : {0u, 1u, 2u}) {
      shadow.access(AccessKind::atomic, then, 4, {.thread = thread});
    }
    EXPECT_EQ(reports_taken(), "");
  }
  EXPECT_EQ(report_of_copy_from(then, 64), "") << "may have been written";
  const Address later = DeviceMemory::instance().allocate(64).value();
  EXPECT_NE(report_of_copy_from(later, 64), "");
  DeviceMemory::instance().free(then);
  DeviceMemory::instance().free(later);
}

TEST(ShadowEnvironment, SwitchesThemOff) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a new process, which has not looked yet
  const auto follow_with = [](const char* text) {
    setenv("DUET_DOUBLE_CHECKS", text, 1);
    try {
      std::_Exit(follows_accesses() ? 1 : 0);
    } catch (const std::runtime_error& error) {
      std::fprintf(stderr, "%s", error.what());
      std::_Exit(2);
    }
  };
  EXPECT_EXIT(follow_with("off"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(follow_with("on"), testing::ExitedWithCode(1), "");
  EXPECT_EXIT(follow_with("no"), testing::ExitedWithCode(2), "DUET_DOUBLE_CHECKS='no' is neither on nor off");
}

}  // namespace
}  // namespace duet::cuda_double
