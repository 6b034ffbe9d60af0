// Every op at the sizes of the reference job, from the cases that the tests check: GFLOP/s, GB/s, and the
// share of what this machine's kernels reach when everything lies in L1. usage: kernels [Google Benchmark's
// options]
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <string>

#include "cpu/backend.h"
#include "cpu/host.h"
#include "cpu/isa.h"
#include "tests/op_cases.h"

namespace duet::test {
namespace {

const int threads = cpu::cores(cpu::affinity()).threads();

// Multiply-adds a second of one thread, a register tile's panel in L1: the limit that matrix products are
// held against.
double measure_peak() {
  constexpr int m = 24, n = 48, k = 128;
  std::vector<float> a(m * k, 1.0f), b(k * n, 1.0f), c(m * n);
  const cpu::Gemm gemm{a.data(), k, 1, b.data(), n, c.data(), n, m, n, k, nullptr, false};
  double best = 0;
  for (int round = 0; round < 50; ++round) {
    constexpr int repeats = 200;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) cpu::chosen_kernels().gemm(gemm);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * m * n * k * repeats / seconds);
  }
  return best;
}

void run(benchmark::State& state, const std::function<std::unique_ptr<OpCase>()>& make) {
  static const double peak = measure_peak() * threads;
  const auto backend = cpu::make_backend({.threads = threads, .kernels = &cpu::chosen_kernels()});
  Guarded operands(*backend);
  const std::unique_ptr<OpCase> op_case = make();
  const Op op = op_case->build(operands);
  const auto program = backend->compile({&op, 1});
  while (state.KeepRunning()) program->run(case_step, 1);
  const auto rate = [&](double amount) {
    return benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["FLOP/s"] = rate(flops(op));
  state.counters["B/s"] = rate(bytes(op));
  state.counters["peak"] = rate(flops(op) / peak);
  state.SetLabel(describe(op) + ", " + backend->info().hardware);
}

void add(const std::string& name, const std::function<std::unique_ptr<OpCase>()>& make) {
  benchmark::RegisterBenchmark(name.c_str(), [make](benchmark::State& state) { run(state, make); })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

void add_reference_job() {
  constexpr Shape first{128, 784, 700}, second{128, 700, 500}, last{128, 500, 10};
  const Activation relu = Activation::relu, none = Activation::none;
  add("linear/first", [=] { return linear_case(first, relu, From::pixels); });
  add("linear/first sparse", [=] { return linear_case(first, relu, From::sparse_pixels); });
  add("linear/second", [=] { return linear_case(second, relu, From::activations); });
  add("linear/second sparse", [=] { return linear_case(second, relu, From::sparse_activations); });
  add("linear/last", [=] { return linear_case(last, none, From::activations); });
  add("softmax_cross_entropy", [] { return softmax_cross_entropy_case(128, 10, true); });
  add("grad_input/last", [=] { return grad_input_case(last, relu, From::activations); });
  add("grad_input/second", [=] { return grad_input_case(second, relu, From::activations); });
  add("grad_input/second sparse", [=] { return grad_input_case(second, relu, From::sparse_activations); });
  add("grad_weight/first", [=] { return grad_weight_case(first, From::pixels, Update::none); });
  add("grad_weight/first sparse", [=] { return grad_weight_case(first, From::sparse_pixels, Update::none); });
  add("grad_weight/first+adam", [=] { return grad_weight_case(first, From::pixels, Update::adam); });
  add("grad_weight/first+adam sparse",
      [=] { return grad_weight_case(first, From::sparse_pixels, Update::adam); });
  add("grad_weight/second+adam", [=] { return grad_weight_case(second, From::activations, Update::adam); });
  add("grad_weight/second+adam sparse",
      [=] { return grad_weight_case(second, From::sparse_activations, Update::adam); });
  add("grad_weight/last+adam", [=] { return grad_weight_case(last, From::activations, Update::adam); });
  add("adam/all", [] { return adam_case(905'010, false); });
  add("softmax", [] { return softmax_case(128, 10); });
  add("confusion", [] { return confusion_case(128, 10); });
  add("shuffle", [] { return shuffle_case(50'000); });
}

}  // namespace
}  // namespace duet::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  duet::test::add_reference_job();
  benchmark::RunSpecifiedBenchmarks();
}
