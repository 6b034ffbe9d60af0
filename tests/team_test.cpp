// The threads of a run: their barrier, and where they run.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>
#include <vector>

#include "cpu/host.h"
#include "cpu/team.h"

namespace duet::cpu {
namespace {

using namespace std::chrono_literals;

TEST(Barrier, LetsNobodyPassBeforeTheLast) {
  constexpr int size = 5, generations = 2000;
  for (const auto awake : {0us, 100us}) {  // asleep each time, and mostly awake
    Barrier barrier(size, awake);
    std::atomic<int> arrived{0}, wrong{0};
    std::vector<std::thread> threads;
    threads.reserve(size);
    for (int rank = 0; rank < size; ++rank) {
      threads.emplace_back([&] {
        for (int generation = 1; generation <= generations; ++generation) {
          ++arrived;
          barrier.wait();
          wrong += arrived != size * generation;
          barrier.wait();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

std::chrono::nanoseconds thread_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

TEST(Barrier, LeavesTheProcessorToOthersWhileItWaitsLong) {
  Barrier barrier(2, 200us);
  std::thread late([&] {
    std::this_thread::sleep_for(200ms);
    barrier.wait();
  });
  const auto before = thread_time();
  barrier.wait();
  EXPECT_LT(thread_time() - before, 50ms);
  late.join();
}

// The processors that each member of a team may run on: during a run, and then.
struct Masks {
  std::vector<std::vector<int>> during, then;
};
Masks masks_of_a_team(int size) {
  const Team team(size, static_cast<int>(affinity().size()));
  Masks masks{std::vector<std::vector<int>>(static_cast<std::size_t>(size)),
              std::vector<std::vector<int>>(static_cast<std::size_t>(size))};
  team.run([&](const Member& member, Barrier&) {
    masks.during[static_cast<std::size_t>(member.rank)] = affinity();
  });
#pragma omp parallel num_threads(size)
  masks.then[static_cast<std::size_t>(omp_get_thread_num())] = affinity();
  return masks;
}

TEST(Team, OfAllProcessorsHasOneEach) {
  const std::vector<int> processors = affinity();
  const Masks masks = masks_of_a_team(static_cast<int>(processors.size()));
  std::vector<int> taken;
  for (const std::vector<int>& mask : masks.during) {
    ASSERT_EQ(mask.size(), 1u);
    taken.push_back(mask[0]);
  }
  EXPECT_EQ(taken, processors);
  for (const std::vector<int>& mask : masks.then) EXPECT_EQ(mask, processors);
}

TEST(Team, OfOtherSizesRunsAnywhere) {
  const std::vector<int> processors = affinity();
  const Masks masks = masks_of_a_team(static_cast<int>(processors.size()) + 1);
  for (const std::vector<int>& mask : masks.during) EXPECT_EQ(mask, processors);
}

}  // namespace
}  // namespace duet::cpu
