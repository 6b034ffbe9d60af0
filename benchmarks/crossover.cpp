// Where skipping zeros begins to pay: microseconds of the reference job's second layer, with lists and
// without, for activations of which more and more are nonzero. From these tables come `sparse_below` and
// `sampled_below` of the kernels. usage: crossover   (DUET_ISA caps the instruction set)
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <vector>

#include "cpu/backend.h"
#include "cpu/host.h"
#include "cpu/isa.h"
#include "tests/guarded.h"

namespace duet::test {
namespace {

constexpr int rows = 128, in = 700, out = 500;
constexpr float always = 2, never = -1;

// Best of many single runs: what a program takes when nothing disturbs it.
double microseconds(Executable& program) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < 300; ++round) {
    const Clock::time_point start = Clock::now();
    program.run(0, 1);
    best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  return best;
}

// Runs of the ops that use h, the output of a ReLU of which a share is nonzero, by kernels with these
// crossovers.
struct Times {
  double forward_and_weights, forward_and_input;
};
Times measure(double share, float sparse_below, float sampled_below) {
  cpu::Kernels kernels = cpu::chosen_kernels();
  kernels.sparse_below = sparse_below;
  kernels.sampled_below = sampled_below;
  const auto backend =
      cpu::make_backend({.threads = cpu::cores(cpu::affinity()).threads(), .kernels = &kernels});
  Random random;
  Guarded operands(*backend);
  reference::Matrix awake = random.reals(rows, in, 0.1, 1);
  for (double& value : awake.values) {
    if (random.real(0, 1) >= share) value = 0;
  }
  const Mat<float> h = operands.mat(awake);
  const Panels<float> w = operands.panels(random.reals(in, out, -0.1, 0.1));
  const Mat<float> dz = operands.mat(random.reals(rows, out, -0.1, 0.1));
  const Linear forward{h, w, operands.vec(reference::Vector(out, 0.1)), Activation::relu,
                       operands.mat(rows, out)};
  const GradWeight weights{h, dz, operands.panels(in, out), {}};
  const GradInput input{
      dz, w, h, Activation::relu, operands.mat(rows, in), operands.vec(reference::Vector(in, 0))};
  const auto time = [&](const Op& second) {
    return microseconds(*backend->compile(std::vector<Op>{forward, second}));
  };
  return {time(weights), time(input)};
}

void print_table() {
  fmt::print("{} x {} by {} x {}, {}; microseconds, minimum of 300 runs\n\n", rows, in, in, out,
             cpu::chosen_kernels().name);
  fmt::print(
      "| nonzero | Linear + GradWeight: floats | lists | ratio | Linear + GradInput: all | awake units | "
      "ratio |\n");
  fmt::print("|---|---|---|---|---|---|---|\n");
  for (int percent = 10; percent <= 90; percent += 10) {
    const double share = percent / 100.0;
    const Times floats = measure(share, never, never), lists = measure(share, always, never),
                awake = measure(share, always, always);
    fmt::print("| {} % | {:.0f} | {:.0f} | {:.2f} | {:.0f} | {:.0f} | {:.2f} |\n", percent,
               floats.forward_and_weights, lists.forward_and_weights,
               floats.forward_and_weights / lists.forward_and_weights, lists.forward_and_input,
               awake.forward_and_input, lists.forward_and_input / awake.forward_and_input);
  }
}

}  // namespace
}  // namespace duet::test

int main() { duet::test::print_table(); }
