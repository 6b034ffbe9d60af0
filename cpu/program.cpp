#include "cpu/program.h"

namespace duet::cpu {

Program::Program(Plan plan, Team team)
    : plan_(std::move(plan)),
      team_(team),
      scratch_(plan_.keep<float>(plan_.scratch_floats() * static_cast<std::size_t>(team.size()))),
      counters_(plan_.phases().size()) {}

void Program::run(int first, int count) {
  for (Counter& counter : counters_) counter.next.store(0, std::memory_order_relaxed);
  team_.run([&](int rank, Barrier& barrier) {
    float* const scratch = scratch_ + static_cast<std::size_t>(rank) * plan_.scratch_floats();
    for (int step = first; step < first + count; ++step) {
      for (std::size_t phase = 0; phase < counters_.size(); ++phase) {
        run_phase(phase, step, scratch);
        barrier.wait();
        // Nobody looks at this counter again before the next barrier; with a single phase a second one is
        // needed.
        if (rank == 0) counters_[phase].next.store(0, std::memory_order_relaxed);
        if (counters_.size() == 1) barrier.wait();
      }
    }
  });
}

void Program::run_phase(std::size_t phase, int step, float* scratch) {
  int begin = 0;  // of the stage's tiles in the phase's numbering
  int tile = counters_[phase].next.fetch_add(1, std::memory_order_relaxed);
  for (const Stage& stage : plan_.phases()[phase]) {
    for (; tile < begin + stage.tiles; tile = counters_[phase].next.fetch_add(1, std::memory_order_relaxed)) {
      stage.run(tile - begin, step, scratch);
    }
    begin += stage.tiles;
  }
}

}  // namespace duet::cpu
