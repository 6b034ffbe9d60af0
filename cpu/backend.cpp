#include "cpu/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "cpu/host.h"
#include "cpu/plan.h"
#include "cpu/program.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

// OpenMP ends the program when the system refuses it a thread, so the system is asked before, for all but the
// caller's. Each takes memory: its first piece may reserve more than its stack.
void check_threads(int threads) {
  std::vector<std::thread> trial;
  std::atomic<int> started{0};
  std::latch end(1);
  std::string refusal;
  try {
    for (int i = 0; i < threads - 1; ++i) {
      trial.emplace_back([&] {
        void* volatile memory = std::malloc(1);  // volatile: else the compiler leaves it out
        ++started;
        started.notify_one();
        end.wait();
        std::free(memory);
      });
      started.wait(i);
    }
  } catch (const std::exception& error) { refusal = error.what(); }
  end.count_down();
  for (std::thread& thread : trial) thread.join();
  if (!refusal.empty()) {
    fail(ErrorKind::device, "the system refuses {} threads ({}); use fewer --threads", threads, refusal);
  }
}

// Of no more threads than OMP_THREAD_LIMIT lets come. Where some may be refused, all start now: later, what
// they need could be taken. Elsewhere that is left to the first run, for it takes time on a busy machine.
Team make_team(int threads) {
  threads = std::min(threads, omp_get_thread_limit());
  const auto processors = static_cast<int>(affinity().size());
  const Team team(threads, processors);
  if (threads > processors || may_refuse_threads(threads - 1)) {
    check_threads(threads);
    team.run([](const Member&, Barrier&) {});
  }
  return team;
}

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const Options& options)
      : kernels_(*options.kernels), team_(make_team(options.threads)) {}

  DeviceInfo info() const override {
    const int threads = team_.size();
    return {"cpu", fmt::format("{}, {} thread{}", kernels_.name, threads, threads == 1 ? "" : "s"), threads};
  }
  Preferences prefers() const override {
    return {.update_in_grad_weight = true, .weight_panel = panel_width};
  }
  bool takes_memory_of_host() const override { return true; }
  FreeMemory free_memory() override { return {available_memory(), addresses_per_thread()}; }
  Memory allocate(std::size_t bytes) override { return cpu::allocate(bytes); }
  void copy_in(Ptr<std::byte> to, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(unwrap(to), from.data(), from.size());
  }
  void copy_out(std::span<std::byte> to, Ptr<const std::byte> from) override {
    if (!to.empty()) std::memcpy(to.data(), unwrap(from), to.size());
  }
  void peek(std::span<std::byte> to, Ptr<const std::byte> from) override { copy_out(to, from); }
  // How dark the examples are decides what a plan keeps of them; it asks for that when it knows.
  std::size_t bytes_to_compile(std::span<const Op> /*step*/) override { return 0; }
  std::unique_ptr<Executable> compile(std::span<const Op> step) override {
    check(step);
    Plan plan(kernels_);
    for (const Op& op : step) {
      plan.begin(op);
      std::visit([&](const auto& o) { cpu::plan(o, plan); }, op);
    }
    return std::make_unique<Program>(std::move(plan), team_);
  }
  void wait() override {}  // run() returns when it is done

 private:
  const Kernels& kernels_;
  Team team_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const Options& options) {
  return std::make_unique<CpuBackend>(options);
}

}  // namespace duet::cpu
