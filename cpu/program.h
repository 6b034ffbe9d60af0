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
  // The tiles of a phase that nobody has taken yet; on a line of its own.
  struct alignas(64) Counter {
    std::atomic<int> next{0};
  };

  void run_phase(std::size_t phase, int step, float* scratch);

  Plan plan_;
  Team team_;
  float* scratch_;  // (threads, scratch_floats)
  std::vector<Counter> counters_;
};

}  // namespace duet::cpu
