#include "tools/live_block.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>

namespace duet {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

LiveState state() {
  return {
      .epoch = 2,
      .epochs = 10,
      .steps_done = 210,
      .steps = 391,
      .train = Metrics{.loss = 9, .accuracy = 9, .loss_of_batches = 0.12344, .accuracy_of_batches = 0.9621},
      .validation = Metrics{.loss_of_batches = 0.0987, .accuracy_of_batches = 0.971},
      .examples_per_second = 61234.4,
      .seconds_left = 200};
}

LossCurve falling(int steps) {
  LossCurve curve;
  for (int i = 0; i < steps; ++i) curve.append(std::exp2(-static_cast<float>(i)));
  return curve;
}

LiveStyle plain(int columns, int rows = 24) {
  return {.size = {columns, rows}, .colour = false, .utf8 = false};
}

std::vector<std::string> text_of(const std::vector<LiveLine>& lines) {
  std::vector<std::string> text;
  text.reserve(lines.size());
  for (const LiveLine& line : lines) text.push_back(line.text);
  return text;
}

// Characters of UTF-8 that are not part of an escape sequence.
int columns_of(const std::string& text) {
  const std::string seen = std::regex_replace(text, std::regex("\x1b\\[[0-9]*m"), "");
  int columns = 0;
  for (const char c : seen) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return columns;
}

TEST(LiveBlock, OnAnOrdinaryTerminal) {
  EXPECT_EQ(text_of(live_lines(state(), falling(8), plain(80))),
            (std::vector<std::string>{"epoch 3/10  step 210/391  left 3 min 20 s  61234 examples/s",
                                      "training  loss 0.1234  accuracy 0.9621",
                                      "validation  loss 0.0987  accuracy 0.9710", "#*+=~-._"}));
}

TEST(LiveBlock, OnANarrowOneNothingIsCut) {
  EXPECT_EQ(text_of(live_lines(state(), falling(8), plain(20))),
            (std::vector<std::string>{"epoch 3/10", "step 210/391", "left 3 min 20 s", "61234 examples/s",
                                      "training", "loss 0.1234", "accuracy 0.9621", "validation",
                                      "loss 0.0987", "accuracy 0.9710", "#*+=~-._"}));
  LiveState long_one = state();
  long_one.epoch = 999'998;
  long_one.epochs = 1'000'000;
  EXPECT_EQ(live_lines(long_one, {}, plain(20))[0].text, "999999/1000000");
}

TEST(LiveBlock, BeforeAnythingIsKnown) {
  const LiveState first{.epoch = 0, .epochs = 1, .steps_done = 0, .steps = 3};
  EXPECT_EQ(text_of(live_lines(first, {}, plain(80))), std::vector<std::string>{"epoch 1/1  step 0/3"});
}

TEST(LiveBlock, NoLineIsWiderThanTheTerminal) {
  LiveState large = state();
  large.train->loss_of_batches = 1e30;
  large.examples_per_second = 1e9;
  large.seconds_left = 1e30;
  for (const LiveState& shown : {state(), large}) {
    for (const int columns : {1, 2, 20, 40, 80, 200, 2000}) {
      for (const bool colour : {false, true}) {
        const LiveStyle style{.size = {columns, 24}, .colour = colour, .utf8 = colour};
        for (const LiveLine& line : live_lines(shown, falling(1000), style)) {
          EXPECT_EQ(line.columns, columns_of(line.text)) << line.text;
          EXPECT_LT(line.columns, columns) << line.text;
          EXPECT_TRUE(colour || line.text.find('\x1b') == std::string::npos) << line.text;
        }
      }
    }
  }
}

TEST(LiveBlock, LeavesALineForTheCursor) {
  for (const int rows : {1, 2, 4, 24}) {
    EXPECT_LT(live_lines(state(), falling(8), plain(20, rows)).size(), static_cast<std::size_t>(rows));
  }
}

TEST(LiveBlock, ALossThatIsNotFinite) {
  LossCurve curve = falling(2);
  for (const double odd : {not_a_number, HUGE_VAL}) {
    curve.append(static_cast<float>(odd));
    LiveState shown = state();
    shown.train->loss_of_batches = odd;
    const std::vector<LiveLine> lines = live_lines(shown, curve, plain(80));
    EXPECT_EQ(lines[1].text, std::isnan(odd) ? "training  loss nan  accuracy 0.9621"
                                             : "training  loss inf  accuracy 0.9621");
    EXPECT_EQ(lines[3].text.substr(0, 3), "#_ ");
  }
}

TEST(LiveBlock, TimesAsTheyAreRead) {
  EXPECT_EQ(time_text(0), "0 s");
  EXPECT_EQ(time_text(12.4), "12 s");
  EXPECT_EQ(time_text(59.6), "1 min 00 s");
  EXPECT_EQ(time_text(200), "3 min 20 s");
  EXPECT_EQ(time_text(7529), "2 h 05 min");
  EXPECT_EQ(time_text(-1), "0 s");
  EXPECT_EQ(time_text(HUGE_VAL), time_text(1e9));
}

TEST(LossCurve, HasTheMeansOfEqualStretches) {
  for (const int steps : {1, 511, 512, 513, 1024, 1025, 100'000}) {
    LossCurve curve;
    for (int i = 0; i < steps; ++i) curve.append(static_cast<float>(i));
    const std::vector<double> all = curve.points(1 << 20);
    EXPECT_LE(all.size(), 512U);
    EXPECT_GE(all.size(), std::min(static_cast<std::size_t>(steps), std::size_t{256}));
    int length = 1;  // of a stretch: the least power of two that needs no more than 512 of them
    while (length * 512 < steps) length *= 2;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {  // of i*length, i*length + 1 ...
      EXPECT_DOUBLE_EQ(all[i], static_cast<double>(i) * length + (length - 1) / 2.0);
    }
  }
}

TEST(LossCurve, IsDrawnInAsManyCharactersAsFit) {
  EXPECT_EQ(sparkline(falling(8).points(4), false),
            "#+-_");  // means of two: each a quarter of the one before
  EXPECT_EQ(sparkline(falling(8).points(100), true), "█▇▆▅▄▃▂▁");
  EXPECT_EQ(sparkline({1, 1, 1}, false), "___");
  EXPECT_EQ(sparkline({0, 0}, false), "__");
  EXPECT_EQ(sparkline({0, 1, 2}, false), "__#");
  EXPECT_EQ(sparkline({not_a_number, 2, 1}, false), " #_");
  EXPECT_EQ(sparkline({not_a_number}, false), " ");
  EXPECT_EQ(sparkline({}, false), "");
}

}  // namespace
}  // namespace duet
