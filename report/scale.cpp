#include "report/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/svg.h"

namespace duet {
namespace {

double tick_distance(double low, double high, int about) {
  const double rough = (high - low) / about;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * 1.0001) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::vector<double> ticks(double low, double high, int about) {
  if (about == 0) return {};
  const double distance = tick_distance(low, high, about);
  std::vector<double> all;
  // Multiples of the distance, not sums of it, whose errors would add up.
  const double first = std::ceil(low / distance - 1e-6) + 0.0, last = std::floor(high / distance + 1e-6);
  // NOLINTNEXTLINE(clang-analyzer-security.FloatLoopCounter): whole numbers, which a double holds exactly
  for (double i = first; i <= last; ++i) all.push_back(i * distance);
  return all;
}

Limits enclosing(double low, double high, int about_ticks) {
  // One value alone, or some that rounding alone tells apart, between which ticks would never end.
  if (!(high - low > 1e-9 * std::max(std::abs(low), std::abs(high)))) {
    const double room = low == 0 ? 1 : std::abs(low) / 2;
    low -= room;
    high += room;
  }
  const double distance = tick_distance(low, high, about_ticks);
  return {std::floor(low / distance + 1e-6) * distance, std::ceil(high / distance - 1e-6) * distance};
}

std::vector<std::string> tick_labels(const std::vector<double>& ticks) {
  std::vector<std::string> labels;
  double distance = ticks.size() < 2 ? 1 : ticks[1] - ticks[0], largest = 0;
  for (const double tick : ticks) largest = std::max(largest, std::abs(tick));
  if (largest >= 1e7 || (largest > 0 && largest < 1e-4)) {
    for (const double tick : ticks) labels.push_back(fmt::format("{:.3g}", tick));
    return labels;
  }
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(distance) - 1e-6)));
  for (const double tick : ticks) {
    labels.push_back(decimals == 0 ? grouped(std::llround(tick)) : fmt::format("{:.{}f}", tick, decimals));
  }
  return labels;
}

int label_stride(int count, double length) {
  const double needed = text_width("0") * (static_cast<double>(std::to_string(count - 1).size()) + 1);
  return std::max(1, static_cast<int>(tick_distance(0, needed * count / length, 1)));
}

std::string grouped(long long number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool behind_digit = i > 0 && digits[i - 1] != '-';
    if (behind_digit && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace duet
