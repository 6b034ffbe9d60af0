#include "benchmarks/machine.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

namespace duet::machine {
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

auto work_with([[maybe_unused]] std::string_view instructions) {
#ifdef __x86_64__
  if (instructions == "avx512") return work_avx512;
  if (instructions == "avx2") return work_avx2;
#endif
  return work_baseline;
}

}  // namespace

std::string_view widest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
#endif
  return "baseline";
}

double multiply_add_rate(std::string_view instructions, int threads, std::chrono::milliseconds duration) {
  const auto work = work_with(instructions);
  const auto end = Clock::now() + duration;
  std::atomic<double> flops = 0;
  {
    std::vector<std::jthread> team;
    team.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) team.emplace_back([&] { flops += work(end); });
  }
  return flops / std::chrono::duration<double>(duration).count();
}

double copy_rate(int threads) {
  const std::size_t size =
      (std::size_t{1} << 30) / static_cast<std::size_t>(threads);  // of a thread's buffer
  std::vector<std::unique_ptr<std::byte[]>> buffers(2 * static_cast<std::size_t>(threads));
  double best = 0;
  for (int round = 0; round < 4; ++round) {  // in the first the pages come into being
    const auto start = Clock::now();
    {
      std::vector<std::jthread> team;
      for (std::size_t i = 0; i < buffers.size(); i += 2) {
        team.emplace_back([&, i] {
          for (std::size_t side : {i, i + 1}) {
            if (!buffers[side]) buffers[side] = std::make_unique<std::byte[]>(size);
          }
          std::memcpy(buffers[i].get(), buffers[i + 1].get(), size);
        });
      }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 2.0 * static_cast<double>(size) * threads / seconds);
  }
  return best;
}

}  // namespace duet::machine
