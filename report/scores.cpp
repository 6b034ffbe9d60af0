#include "report/scores.h"

#include <algorithm>
#include <cmath>

namespace duet {
namespace {

std::optional<double> share(double part, double whole) {
  return whole == 0 ? std::nullopt : std::optional(part / whole);
}

// log of the binomial coefficient n over k
double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

// The probability of `k` or fewer heads among n throws of a fair coin. Terms are taken from the largest down,
// each from the one before it, until they no longer change the sum: none overflows, however many throws.
double at_most(double k, double n) {
  double term = std::exp(log_choose(n, k) - n * std::log(2.0)), sum = 0;
  for (; sum + term > sum; --k) {
    sum += term;
    term *= k / (n - k + 1);
  }
  return sum;
}

}  // namespace

Interval wilson_interval(std::uint64_t right, std::uint64_t trials) {
  constexpr double z = 1.959963984540054, z2 = z * z;  // the normal distribution's 97.5 % quantile
  const auto n = static_cast<double>(trials), p = static_cast<double>(right) / n;
  const double center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  // At the ends the bound is 0 or 1 itself, which rounding would miss.
  return {right == 0 ? 0 : center - half, right == trials ? 1 : center + half};
}

std::vector<ClassScores> class_scores(const Evaluation& evaluation) {
  std::vector<ClassScores> scores;
  for (int c = 0; c < evaluation.classes; ++c) {
    const double right = evaluation.count(c, c), are = evaluation.examples_of(c);
    double called = 0;
    for (int truth = 0; truth < evaluation.classes; ++truth) called += evaluation.count(truth, c);
    scores.push_back({.precision = share(right, called),
                      .recall = share(right, are),
                      .f1 = share(2 * right, called + are),
                      .examples = evaluation.examples_of(c)});
  }
  return scores;
}

Calibration calibrate(std::span<const float> confidence, const std::vector<bool>& right, int bins) {
  Calibration calibration;
  for (int i = 0; i < bins; ++i) {
    calibration.bins.push_back(
        {.low = static_cast<double>(i) / bins, .high = static_cast<double>(i + 1) / bins});
  }
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    // A product of a float and a small integer is exact in double: no edge is missed.
    const auto above = static_cast<int>(std::ceil(double{confidence[i]} * bins));
    CalibrationBin& bin = calibration.bins[static_cast<std::size_t>(std::clamp(above - 1, 0, bins - 1))];
    ++bin.count;
    bin.confidence += double{confidence[i]};
    bin.accuracy += right[i] ? 1 : 0;
  }
  for (CalibrationBin& bin : calibration.bins) {
    if (bin.count == 0) continue;
    bin.confidence /= bin.count;
    bin.accuracy /= bin.count;
    calibration.expected_error +=
        std::abs(bin.accuracy - bin.confidence) * bin.count / static_cast<double>(confidence.size());
  }
  return calibration;
}

McNemar mcnemar(std::uint64_t only_first, std::uint64_t only_second) {
  const auto [fewer, more] = std::minmax(only_first, only_second);
  const auto k = static_cast<double>(fewer), n = k + static_cast<double>(more);
  return {only_first, only_second, std::min(1.0, 2 * at_most(k, n))};
}

}  // namespace duet
