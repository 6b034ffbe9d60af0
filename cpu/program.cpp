#include "cpu/program.h"

namespace duet::cpu {

Program::Program(Plan plan, Team team)
    : plan_(std::move(plan)),
      team_(team),
      scratch_(plan_.keep<float>(plan_.scratch_floats() * static_cast<std::size_t>(team.size()))) {
  for (const Phase& phase : plan_.phases()) {
    counters_.emplace_back(phase.size() * static_cast<std::size_t>(team.size()));
  }
}

void Program::run(int first, int count) {
  for (Counters& phase : counters_) {
    for (Counter& counter : phase) counter.next.store(0, std::memory_order_relaxed);
  }
  team_.run([&](const Member& member, Barrier& barrier) {
    float* const scratch = scratch_ + static_cast<std::size_t>(member.rank) * plan_.scratch_floats();
    for (int step = first; step < first + count; ++step) {
      for (std::size_t phase = 0; phase < counters_.size(); ++phase) {
        run_phase(phase, step, member, scratch);
        barrier.wait();
        // Nobody looks at these again before the next barrier; with a single phase a second one is needed.
        for (std::size_t stage = 0; stage < plan_.phases()[phase].size(); ++stage) {
          counter(phase, stage, member.rank).store(0, std::memory_order_relaxed);
        }
        if (counters_.size() == 1) barrier.wait();
      }
    }
  });
}

// A thread takes the tiles of its own share, then what others have left of theirs. Shares are the same in
// every step and cut alike in every stage: most of what a tile touches is then in the cache of the core that
// takes it.
void Program::run_phase(std::size_t phase, int step, const Member& member, float* scratch) {
  const Phase& stages = plan_.phases()[phase];
  for (int turn = 0; turn < member.team; ++turn) {
    const int owner = (member.rank + turn) % member.team;
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const auto share_begin = [&](int rank) {
        return static_cast<int>(std::int64_t{stages[s].tiles} * rank / member.team);
      };
      const int begin = share_begin(owner), tiles = share_begin(owner + 1) - begin;
      std::atomic<int>& next = counter(phase, s, owner);
      while (next.load(std::memory_order_relaxed) < tiles) {
        const int tile = next.fetch_add(1, std::memory_order_relaxed);
        if (tile < tiles) stages[s].run(begin + tile, step, scratch);
      }
    }
  }
}

}  // namespace duet::cpu
