// Every op at the sizes of the reference job and at large ones, from the cases that the tests check: GFLOP/s,
// GB/s, and their shares of what this machine can do, measured beforehand: multiply-adds in registers, and a
// copy of memory. Ops on data that fits in caches can do more than the copy. oneDNN's products stand beside
// ours where it was found. usage: kernels [Google Benchmark's options]   (DUET_ISA caps the instruction set)
// With DUET_BENCH_DEVICE=cuda the same ops on a GPU, in each precision: `us` is the time of one among many in
// a row.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/machine.h"
#include "benchmarks/yardstick.h"
#include "core/cuda_module.h"
#include "core/error.h"
#include "cpu/backend.h"
#include "cpu/host.h"
#include "cpu/isa.h"
#include "tests/op_cases.h"

namespace duet::test {
namespace {

const int threads = cpu::cores(cpu::affinity()).threads();

// Runs `once` as often as the benchmark asks and says what that was of the machine's limits.
void measure(benchmark::State& state, double flops, double bytes, const std::function<void()>& once) {
  using Clock = std::chrono::steady_clock;
  using std::chrono_literals::operator""ms;
  static const double most_flops = machine::multiply_add_rate(cpu::chosen_kernels().name, threads, 200ms);
  static const double most_bytes = machine::copy_rate(threads);
  once();  // pages and tables come into being
  const Clock::time_point start = Clock::now();
  while (state.KeepRunning()) once();
  const double seconds =
      std::chrono::duration<double>(Clock::now() - start).count() / static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = flops / seconds / 1e9;
  state.counters["of_fma"] = flops / seconds / most_flops;
  state.counters["GB/s"] = bytes / seconds / 1e9;
  state.counters["of_copy"] = bytes / seconds / most_bytes;
}

void run(benchmark::State& state, const std::function<std::unique_ptr<OpCase>()>& make) {
  const auto backend = cpu::make_backend({.threads = threads, .kernels = &cpu::chosen_kernels()});
  Guarded operands(*backend);
  const std::unique_ptr<OpCase> op_case = make();
  const Op op = op_case->build(operands);
  const auto program = backend->compile({&op, 1});
  measure(state, flops(op), bytes(op), [&] { program->run(case_step, 1); });
  state.SetLabel(describe(op) + ", " + backend->info().hardware);
}

bool is_on_gpu() {
  const char* const device = std::getenv("DUET_BENCH_DEVICE");
  return device != nullptr && std::string_view(device) == "cuda";
}

// A replay costs the host more than most ops take the GPU: so a program has the op many times, each after the
// one before, since all write the same, and several replays are waited for together.
void run_on_gpu(benchmark::State& state, const std::function<std::unique_ptr<OpCase>()>& make,
                Precision precision) {
  constexpr int copies = 16, replays = 8;
  try {
    const auto backend = cuda_module().make_backend({.ordinal = 0, .precision = precision});
    Guarded operands(*backend);
    const std::unique_ptr<OpCase> op_case = make();
    const Op op = op_case->build(operands);
    const std::vector<Op> in_a_row(copies, op);
    const auto program = backend->compile(in_a_row);
    const auto once = [&] {
      for (int replay = 0; replay < replays; ++replay) program->run(case_step, 1);
      backend->wait();
    };
    once();
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    while (state.KeepRunning()) once();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count() /
                           (static_cast<double>(state.iterations()) * copies * replays);
    state.counters["us"] = 1e6 * seconds;
    state.counters["GFLOP/s"] = flops(op) / seconds / 1e9;
    state.counters["GB/s"] = bytes(op) / seconds / 1e9;
    state.SetLabel(describe(op) + ", " + backend->info().hardware);
  } catch (const Error& error) { state.SkipWithError(error.what()); }
}

void add(const std::string& name, const std::function<std::unique_ptr<OpCase>()>& make) {
  if (is_on_gpu()) {
    for (const Precision precision : {Precision::tf32, Precision::fp32}) {
      benchmark::RegisterBenchmark((std::string(name_of(precision)) + "/" + name).c_str(),
                                   [=](benchmark::State& state) { run_on_gpu(state, make, precision); })
          ->UseRealTime()
          ->Unit(benchmark::kMicrosecond);
    }
    return;
  }
  benchmark::RegisterBenchmark(name.c_str(), [make](benchmark::State& state) { run(state, make); })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

// c (m, n) = a (m, k) b (k, n) by oneDNN, either side transposed where so asked; nothing where it was not
// found.
void add_yardstick(const std::string& name, const Product& product) {
  if (!has_yardstick() || is_on_gpu()) return;
  benchmark::RegisterBenchmark(name.c_str(),
                               [product](benchmark::State& state) {
                                 const double m = product.m, n = product.n, k = product.k;
                                 measure(state, 2 * m * n * k, 4 * (m * n + m * k + k * n),
                                         yardstick(product, cpu::chosen_kernels().name));
                                 state.SetLabel("oneDNN");
                               })
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

void add_reference_job() {
  constexpr Shape first{128, 784, 700}, second{128, 700, 500}, last{128, 500, 10};
  const Activation relu = Activation::relu, none = Activation::none;
  add("linear/first", [=] { return linear_case(first, relu, From::pixels); });
  add("linear/first sparse", [=] { return linear_case(first, relu, From::sparse_pixels); });
  add_yardstick("onednn/linear/first", {.m = 128, .n = 700, .k = 784});
  add("linear/second", [=] { return linear_case(second, relu, From::activations); });
  add("linear/second sparse", [=] { return linear_case(second, relu, From::sparse_activations); });
  add_yardstick("onednn/linear/second", {.m = 128, .n = 500, .k = 700});
  add("linear/last", [=] { return linear_case(last, none, From::activations); });
  add("softmax_cross_entropy", [] { return softmax_cross_entropy_case(128, 10, true); });
  add("head", [=] { return head_case(last, relu); });
  add("grad_input/last", [=] { return grad_input_case(last, relu, From::activations); });
  add("grad_input/second", [=] { return grad_input_case(second, relu, From::activations); });
  add("grad_input/second sparse", [=] { return grad_input_case(second, relu, From::sparse_activations); });
  add_yardstick("onednn/grad_input/second", {.m = 128, .n = 700, .k = 500, .b_transposed = true});
  add("grad_weight/first", [=] { return grad_weight_case(first, From::pixels, Update::none); });
  add("grad_weight/first sparse", [=] { return grad_weight_case(first, From::sparse_pixels, Update::none); });
  add("grad_weight/first+adam", [=] { return grad_weight_case(first, From::pixels, Update::adam); });
  add("grad_weight/first+adam sparse",
      [=] { return grad_weight_case(first, From::sparse_pixels, Update::adam); });
  add_yardstick("onednn/grad_weight/first", {.m = 784, .n = 700, .k = 128, .a_transposed = true});
  add("grad_weight/second+adam", [=] { return grad_weight_case(second, From::activations, Update::adam); });
  add("grad_weight/second+adam sparse",
      [=] { return grad_weight_case(second, From::sparse_activations, Update::adam); });
  add("grad_weight/last+adam", [=] { return grad_weight_case(last, From::activations, Update::adam); });
  add("adam/all", [] { return adam_case(905'010, false); });
  add("softmax", [] { return softmax_case(128, 10); });
  add("confusion", [] { return confusion_case(128, 10); });
  add("shuffle", [] { return shuffle_case(50'000); });
}

// hidden 2048,2048: nothing is skipped, nothing fits in L2.
void add_large() {
  constexpr Shape large{128, 2048, 2048};
  const Activation relu = Activation::relu;
  add("linear/large", [=] { return linear_case(large, relu, From::activations); });
  add_yardstick("onednn/linear/large", {.m = 128, .n = 2048, .k = 2048});
  add("grad_input/large", [=] { return grad_input_case(large, relu, From::activations); });
  add_yardstick("onednn/grad_input/large", {.m = 128, .n = 2048, .k = 2048, .b_transposed = true});
  add("grad_weight/large", [=] { return grad_weight_case(large, From::activations, Update::none); });
  add_yardstick("onednn/grad_weight/large", {.m = 2048, .n = 2048, .k = 128, .a_transposed = true});
  add("grad_weight/large+adam", [=] { return grad_weight_case(large, From::activations, Update::adam); });
}

}  // namespace
}  // namespace duet::test

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  duet::test::add_reference_job();
  duet::test::add_large();
  benchmark::RunSpecifiedBenchmarks();
}
