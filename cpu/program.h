// A compiled program: phases of tiles, run by the team.
#pragma once

#include <atomic>
#include <vector>

#include "core/backend.h"
#include "cpu/plan.h"
#include "cpu/team.h"

namespace duet::cpu {

class Program final : public Executable {
 public:
  Program(Plan plan, Team team);
  void run(int first, int count) override;

 private:
  // How many tiles of a thread's share of a stage have been taken; on a line of its own.
  struct alignas(64) Counter {
    std::atomic<int> next{0};
  };
  using Counters = std::vector<Counter>;  // of a phase: (stages, threads)

  std::atomic<int>& counter(std::size_t phase, std::size_t stage, int rank) {
    return counters_[phase][stage * static_cast<std::size_t>(team_.size()) + static_cast<std::size_t>(rank)]
        .next;
  }
  void run_phase(std::size_t phase, int step, const Member& member, float* scratch);

  Plan plan_;
  Team team_;
  float* scratch_;  // (threads, scratch_floats)
  std::vector<Counters> counters_;
};

}  // namespace duet::cpu
