#include "tests/cuda_double/machine/order.h"

#include <fmt/format.h>

#include <charconv>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace duet::cuda_double {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): good enough to mix orders, and made in no time.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Schedule parse_schedule(std::string_view text) {
  if (text == "ascending") return {Schedule::ascending};
  if (text == "descending") return {Schedule::descending};
  if (text == "random") return {Schedule::random};
  constexpr std::string_view seeded = "random:";
  if (text.substr(0, seeded.size()) == seeded) {
    Schedule schedule{Schedule::random};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + seeded.size(), end, schedule.seed);
    if (error == std::errc() && rest == end) return schedule;
  }
  throw std::invalid_argument(
      fmt::format("'{}' is no schedule: ascending, descending, random, random:SEED", text));
}

std::vector<std::uint32_t> order_of(const Schedule& schedule, std::uint32_t count, std::uint64_t salt) {
  std::vector<std::uint32_t> order(count);
  if (schedule.kind == Schedule::descending) {
    std::iota(order.rbegin(), order.rend(), 0);
  } else {
    std::iota(order.begin(), order.end(), 0);
  }
  if (schedule.kind == Schedule::random) {
    std::uint64_t state = salt;
    state = next_random(state) ^ schedule.seed;
    for (std::uint32_t left = count; left > 1; --left) {
      std::swap(order[left - 1], order[next_random(state) % left]);
    }
  }
  return order;
}

}  // namespace duet::cuda_double
