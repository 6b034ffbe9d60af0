// What all processors can do at once right now: prints the GFLOP/s of multiply-adds in registers, for 50 ms
// on one thread a processor. On a shared machine the rates before and after a measurement say whether it was
// disturbed.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Volatile, or the compiler would know the results.
volatile float factor = 0.5f, term = 1;

using Floats4 [[gnu::vector_size(16)]] = float;
using Floats8 [[gnu::vector_size(32)]] = float;
using Floats16 [[gnu::vector_size(64)]] = float;

// Works until `end`, and returns how many floating-point operations that were. It takes the instructions of
// the function that it is inlined into.
template <class Floats>
[[gnu::always_inline]] inline double work(Clock::time_point end) {
  constexpr int lanes = sizeof(Floats) / sizeof(float);
  constexpr int chains = 12;  // hide the latency of a multiply-add, and with two constants fit 16 registers
  constexpr int repeats = 10'000;  // some 20 microseconds between two looks at the clock
  const Floats f = Floats{} + factor, t = Floats{} + term;
  Floats sums[chains]{};
  double flops = 0;
  for (; Clock::now() < end; flops += 2.0 * lanes * chains * repeats) {
    for (int i = 0; i < repeats; ++i) {
#pragma GCC unroll 12  // so that the sums are registers
      for (Floats& sum : sums) sum = sum * f + t;
    }
  }
  for (const Floats& sum : sums) [[maybe_unused]] volatile float needed = sum[0];
  return flops;
}

double work_baseline(Clock::time_point end) { return work<Floats4>(end); }
#ifdef __x86_64__
[[gnu::target("avx2,fma")]] double work_avx2(Clock::time_point end) { return work<Floats8>(end); }
[[gnu::target("avx512f")]] double work_avx512(Clock::time_point end) { return work<Floats16>(end); }
#endif

auto best_work() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return work_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return work_avx2;
#endif
  return work_baseline;
}

}  // namespace

int main() {
  constexpr std::chrono::milliseconds duration(50);
  const unsigned processors = std::thread::hardware_concurrency();  // in the affinity mask
  const auto work = best_work();
  const auto end = Clock::now() + duration;
  std::atomic<double> flops = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < processors; ++i) threads.emplace_back([&] { flops += work(end); });
  }
  std::printf("%.1f\n", flops / std::chrono::duration<double>(duration).count() / 1e9);
}
