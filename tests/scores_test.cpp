// Scores against published values and definitions; scores_test.py has scikit-learn and SciPy.
#include "report/scores.h"

#include <gtest/gtest.h>

#include <cmath>

namespace duet {
namespace {

// Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I,
// method 3.
TEST(Wilson, NewcombesExamples) {
  const struct {
    std::uint64_t right, trials;
    double low, high;
  } published[] = {
      {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
  for (const auto& row : published) {
    const Interval interval = wilson_interval(row.right, row.trials);
    EXPECT_NEAR(interval.low, row.low, 5e-5) << row.right;
    EXPECT_NEAR(interval.high, row.high, 5e-5) << row.right;
  }
}

TEST(Wilson, IsTheSameFromBothSidesAndEndsAtTheEnds) {
  for (const std::uint64_t trials : {1ULL, 7ULL, 10'000ULL, 1'000'000ULL}) {
    for (const std::uint64_t right : {std::uint64_t{0}, trials / 3, trials}) {
      const Interval of_right = wilson_interval(right, trials),
                     of_wrong = wilson_interval(trials - right, trials);
      EXPECT_NEAR(of_right.low, 1 - of_wrong.high, 1e-15);
      EXPECT_LE(of_right.low, static_cast<double>(right) / static_cast<double>(trials));
      EXPECT_GE(of_right.high, static_cast<double>(right) / static_cast<double>(trials));
    }
    EXPECT_EQ(wilson_interval(0, trials).low, 0);
    EXPECT_EQ(wilson_interval(trials, trials).high, 1);
    EXPECT_GT(wilson_interval(0, trials).high, 0);
  }
}

// Rows are true classes; nothing is or was called class 3, nothing was called class 2.
TEST(ClassScores, AShareOfNothingIsNothing) {
  Evaluation evaluation;
  evaluation.classes = 4;
  evaluation.confusion = {5, 1, 0, 0,  //
                          2, 8, 0, 0,  //
                          0, 3, 0, 0,  //
                          0, 0, 0, 0};
  const std::vector<ClassScores> scores = class_scores(evaluation);
  ASSERT_EQ(scores.size(), 4U);
  EXPECT_DOUBLE_EQ(scores[0].precision.value(), 5.0 / 7);
  EXPECT_DOUBLE_EQ(scores[0].recall.value(), 5.0 / 6);
  EXPECT_DOUBLE_EQ(scores[0].f1.value(), 10.0 / 13);
  EXPECT_DOUBLE_EQ(scores[1].precision.value(), 8.0 / 12);
  EXPECT_DOUBLE_EQ(scores[1].recall.value(), 8.0 / 10);
  EXPECT_FALSE(scores[2].precision.has_value());
  EXPECT_EQ(scores[2].recall.value(), 0);
  EXPECT_EQ(scores[2].f1.value(), 0);
  EXPECT_EQ(scores[2].examples, 3U);
  EXPECT_FALSE(scores[3].precision || scores[3].recall || scores[3].f1);
  EXPECT_EQ(scores[3].examples, 0U);
}

TEST(Calibration, BinsHaveTheirUpperEdge) {
  const std::vector<float> confidence = {0, 0.25F, 0.2500001F, 0.5F, 1};
  const Calibration calibration = calibrate(confidence, {true, false, true, true, true}, 4);
  ASSERT_EQ(calibration.bins.size(), 4U);
  const std::uint32_t counts[] = {2, 2, 0, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(calibration.bins[i].count, counts[i]) << i;
    EXPECT_EQ(calibration.bins[i].low, 0.25 * static_cast<double>(i));
    EXPECT_EQ(calibration.bins[i].high, 0.25 * static_cast<double>(i + 1));
  }
  EXPECT_EQ(calibration.bins[0].confidence, 0.125);
  EXPECT_EQ(calibration.bins[0].accuracy, 0.5);
  EXPECT_EQ(calibration.bins[2].accuracy, 0);
  EXPECT_NEAR(calibration.expected_error, (2 * 0.375 + 2 * 0.625) / 5, 1e-7);
}

TEST(Calibration, OfNothing) {
  const Calibration calibration = calibrate({}, {});
  EXPECT_EQ(calibration.bins.size(), 10U);
  EXPECT_EQ(calibration.expected_error, 0);
}

// By its definition, in whole numbers.
TEST(McNemar, IsTheExactTest) {
  EXPECT_EQ(mcnemar(0, 0).p, 1);
  EXPECT_EQ(mcnemar(3, 3).p, 1);
  EXPECT_NEAR(mcnemar(3, 4).p, 1, 1e-14);
  EXPECT_NEAR(mcnemar(0, 5).p, 0.0625, 1e-15);  // 2 / 2^5
  EXPECT_NEAR(mcnemar(1, 9).p, 22.0 / 1024, 1e-15);
  EXPECT_NEAR(mcnemar(121, 59).p, 4.434449263755e-06, 1e-17);
  EXPECT_EQ(mcnemar(59, 121).p, mcnemar(121, 59).p);
  EXPECT_EQ(mcnemar(7, 2).only_first, 7U);
  EXPECT_EQ(mcnemar(7, 2).only_second, 2U);
}

// For so many the binomial distribution is the normal one, with its correction for continuity.
TEST(McNemar, CountsThatAFactorialWouldOverflow) {
  EXPECT_EQ(mcnemar(500'000, 500'000).p, 1);
  EXPECT_EQ(mcnemar(0, 1'000'000).p, 0);
  const auto normal = [](double less, double more) {
    return std::erfc((more - less - 1) / std::sqrt(2 * (less + more)));
  };
  for (const std::uint64_t less : {499'500ULL, 499'000ULL, 498'000ULL}) {
    const std::uint64_t more = 1'000'000 - less;
    const double expected = normal(static_cast<double>(less), static_cast<double>(more));
    EXPECT_NEAR(mcnemar(less, more).p / expected, 1, 1e-4) << less;
  }
}

}  // namespace
}  // namespace duet
