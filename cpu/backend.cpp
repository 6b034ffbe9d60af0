#include "cpu/backend.h"

#include <fmt/format.h>

#include <cstring>

#include "cpu/host.h"
#include "cpu/plan.h"
#include "cpu/program.h"

namespace duet::cpu {
namespace {

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const Options& options)
      : kernels_(*options.kernels), team_(options.threads, static_cast<int>(affinity().size())) {}

  DeviceInfo info() const override {
    const int threads = team_.size();
    return {"cpu", fmt::format("{}, {} thread{}", kernels_.name, threads, threads == 1 ? "" : "s"), threads};
  }
  Preferences prefers() const override { return {.update_in_grad_weight = true}; }
  Memory allocate(std::size_t bytes) override { return cpu::allocate(bytes); }
  void copy_in(Ptr<std::byte> to, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(unwrap(to), from.data(), from.size());
  }
  void copy_out(std::span<std::byte> to, Ptr<const std::byte> from) override {
    if (!to.empty()) std::memcpy(to.data(), unwrap(from), to.size());
  }
  void peek(std::span<std::byte> to, Ptr<const std::byte> from) override { copy_out(to, from); }
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
