// What is said of a classifier's answers: shares with their uncertainty, scores per class, calibration, and
// whether two classifiers differ. All in double; shares are between 0 and 1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/evaluation.h"

namespace duet {

struct Interval {
  double low = 0, high = 0;
};

// Wilson's score interval at 95 % for `right` successes of `trials` > 0. Wilson, J. Am. Stat. Assoc. 22
// (1927).
Interval wilson_interval(std::uint64_t right, std::uint64_t trials);

// Of one class against all others. As in scikit-learn, but that a share of nothing is nothing, not 0.
struct ClassScores {
  std::optional<double> precision;  // right of those that were called it
  std::optional<double> recall;     // right of those that are it
  std::optional<double> f1;         // 2 right / (called + are)
  std::uint32_t examples = 0;       // that are it
};
std::vector<ClassScores> class_scores(const Evaluation& evaluation);  // (classes)

// Answers whose confidence lies in (low, high]; the first bin has 0 too.
struct CalibrationBin {
  double low = 0, high = 0;
  std::uint32_t count = 0;
  double confidence = 0, accuracy = 0;  // means; 0 where the bin is empty
};
struct Calibration {
  std::vector<CalibrationBin> bins;  // of one width
  double expected_error = 0;         // mean of |accuracy - confidence| of the bins, weighted by their counts
};

// `right` says of each answer whether it was. Guo et al., "On Calibration of Modern Neural Networks" (2017),
// eq. 5.
Calibration calibrate(std::span<const float> confidence, const std::vector<bool>& right, int bins = 10);

// McNemar's test of whether two classifiers are right equally often on the same examples.
struct McNemar {
  std::uint64_t only_first = 0, only_second = 0;  // examples that one of them alone had right
  double p = 1;  // of such a difference, or a larger one, by chance: exact (binomial), two-sided
};
McNemar mcnemar(std::uint64_t only_first, std::uint64_t only_second);

}  // namespace duet
