// Random accesses against an oracle that remembers all of them and compares each with each: the first race is
// reported where it is, and nothing before it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/cuda_double/machine/reports_taken.h"
#include "tests/cuda_double/machine/shadow.h"

namespace duet::cuda_double {
namespace {

constexpr std::size_t bytes_of_memory = 32;

struct Touch {
  AccessKind kind;
  std::size_t offset, bytes;
};

bool conflict(const Touch& a, const Touch& b) {
  if (a.kind == AccessKind::load && b.kind == AccessKind::load) return false;
  if (a.kind == AccessKind::atomic && b.kind == AccessKind::atomic) return false;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : generator_(seed) {}
  unsigned below(unsigned count) { return static_cast<unsigned>(generator_() % count); }
  Touch touch(bool may_be_atomic) {
    const unsigned kind = below(may_be_atomic ? 10 : 8);
    if (kind >= 8) return {AccessKind::atomic, 4 * std::size_t{below(bytes_of_memory / 4)}, 4};
    const std::size_t bytes = std::size_t{1} << below(5);
    const auto places = static_cast<unsigned>(bytes_of_memory / bytes);
    return {kind >= 6 ? AccessKind::store : AccessKind::load, bytes * below(places), bytes};
  }

 private:
  std::mt19937 generator_;
};

// Memory that work `number` has written.
class Memory {
 public:
  explicit Memory(WorkNumber number) : begin_(DeviceMemory::instance().allocate(bytes_of_memory).value()) {
    const Work upload{number, "upload", [](WorkNumber) { return true; }};
    const Running running(upload);
    DeviceMemory::instance().writable(begin_, bytes_of_memory);
  }
  ~Memory() { DeviceMemory::instance().free(begin_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  Address at(std::size_t offset) const { return begin_ + offset; }

 private:
  Address begin_;
};

WorkNumber next_number = 1;

// How many accesses went well, and whether a race ended them.
using Outcome = std::pair<int, bool>;

struct Step {
  Agent agent;
  Touch touch;
};

bool in_order(const Agent& a, const Agent& b) {
  if (a.block != b.block) return false;
  if (a.thread == b.thread || a.barriers != b.barriers) return true;
  return a.thread / 32 == b.thread / 32 && a.warp_syncs != b.warp_syncs;
}

// Two warps of two threads each in each of two blocks.
Outcome run_threads(unsigned seed) {
  Dice dice(seed);
  const Memory memory(next_number++);
  const Work work{next_number++, "kernel", [](WorkNumber) { return true; }};
  const Running running(work);
  KernelShadow shadow(work, 2);
  std::uint32_t barriers[2] = {}, syncs[2][2] = {};
  std::vector<Step> history;
  for (int step = 0; step < 25; ++step) {
    const std::uint32_t block = dice.below(20) == 0 ? 1 : 0, warp = dice.below(2), lane = dice.below(2);
    const unsigned action = dice.below(8);
    if (action < 2) ++barriers[block];
    if (action == 2) ++syncs[block][warp];
    if (action < 3) continue;
    const Step now{{block, 32 * warp + lane, barriers[block], syncs[block][warp]}, dice.touch(true)};
    shadow.access(now.touch.kind, memory.at(now.touch.offset), now.touch.bytes, now.agent);
    const bool race = std::any_of(history.begin(), history.end(), [&](const Step& earlier) {
      return conflict(earlier.touch, now.touch) && !in_order(earlier.agent, now.agent);
    });
    const std::string reported = reports_taken();
    EXPECT_EQ(race, reported.substr(0, 5) == "race:")
        << "seed " << seed << ", step " << step << ": " << reported;
    if (race) return {static_cast<int>(history.size()), true};
    history.push_back(now);
  }
  return {static_cast<int>(history.size()), false};
}

// Works in two streams that now and then wait for the other.
Outcome run_works(unsigned seed) {
  Dice dice(seed);
  const Memory memory(next_number++);
  const WorkNumber first = next_number;
  std::vector<std::vector<bool>> after;  // [i][j]: i comes after j
  std::vector<std::vector<Touch>> history;
  int last[2] = {-1, -1}, well = 0;
  for (int i = 0; i < 12; ++i) {
    std::vector<bool> mine(12);
    const unsigned stream = dice.below(2);
    const auto wait_for = [&](int other) {
      if (other < 0) return;
      mine[other] = true;
      for (int j = 0; j < other; ++j) mine[j] = mine[j] || after[other][j];
    };
    wait_for(last[stream]);
    if (dice.below(3) == 0) wait_for(last[1 - stream]);
    last[stream] = i;
    after.push_back(mine);
    const Work work{next_number++, "work",
                    [&](WorkNumber earlier) { return earlier < first || mine[earlier - first]; }};
    const Running running(work);
    history.emplace_back();
    for (unsigned count = 1 + dice.below(3); count > 0; --count, ++well) {
      const Touch now = dice.touch(false);
      if (now.kind == AccessKind::load) {
        DeviceMemory::instance().readable(memory.at(now.offset), now.bytes);
      } else {
        DeviceMemory::instance().writable(memory.at(now.offset), now.bytes);
      }
      bool race = false;
      for (int j = 0; j < i; ++j) {
        for (const Touch& earlier : history[j]) race = race || (!mine[j] && conflict(earlier, now));
      }
      const std::string reported = reports_taken();
      EXPECT_EQ(race, reported.substr(0, 5) == "race:")
          << "seed " << seed << ", work " << i << ": " << reported;
      if (race) return {well, true};
      history.back().push_back(now);
    }
  }
  return {well, false};
}

void expect_to_agree(Outcome (*run)(unsigned)) {
  int races = 0, clean = 0;
  std::map<int, int> lengths;
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    const auto [well, race] = run(seed);
    ++(race ? races : clean);
    ++lengths[well];
  }
  EXPECT_GT(races, 1000);
  EXPECT_GT(clean, 100) << races;
  EXPECT_GT(lengths.size(), 12u) << "races come early and late";
}

TEST(ShadowOracle, AgreesOnThreads) { expect_to_agree(run_threads); }
TEST(ShadowOracle, AgreesOnWorks) { expect_to_agree(run_works); }

}  // namespace
}  // namespace duet::cuda_double
