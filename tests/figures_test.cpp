// Figures and what they are made of: axes, text, and data at its edges.
#include "report/figures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/run.h"
#include "report/scale.h"

namespace duet {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Labels = std::vector<std::string>;

Labels labelled(double low, double high, int about) { return tick_labels(ticks(low, high, about)); }

TEST(Scale, TicksAreRoundNumbers) {
  EXPECT_EQ(labelled(0, 1, 5), (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labelled(0, 60000, 3), (Labels{"0", "20,000", "40,000", "60,000"}));
  EXPECT_EQ(labelled(0.913, 0.987, 4), (Labels{"0.92", "0.94", "0.96", "0.98"}));
  EXPECT_EQ(labelled(-5, 5, 5), (Labels{"-4", "-2", "0", "2", "4"}));
  EXPECT_EQ(labelled(1e-9, 3e-9, 2), (Labels{"1e-09", "2e-09", "3e-09"}));
  EXPECT_EQ(labelled(0, 4e9, 2), (Labels{"0", "2e+09", "4e+09"}));
  EXPECT_TRUE(ticks(0, 1, 0).empty());
}

TEST(Scale, EnclosesWithWholeTicks) {
  const auto is = [](Limits limits, double low, double high) {
    EXPECT_DOUBLE_EQ(limits.low, low);
    EXPECT_DOUBLE_EQ(limits.high, high);
  };
  is(enclosing(0.013, 0.22, 5), 0, 0.25);
  is(enclosing(0, 0.25, 5), 0, 0.25);
  is(enclosing(-3, 8, 5), -5, 10);
  for (const double alone : {0.0, 1.0, -2.0, 1e-12, 1e12}) {
    const Limits limits = enclosing(alone, alone, 5);
    EXPECT_LT(limits.low, alone);
    EXPECT_GT(limits.high, alone);
  }
}

TEST(Scale, LabelsHaveRoom) {
  EXPECT_EQ(label_stride(10, 340), 1);
  EXPECT_EQ(label_stride(40, 340), 5);
  EXPECT_EQ(label_stride(256, 340), 50);
  EXPECT_EQ(label_stride(1, 340), 1);
}

TEST(Scale, GroupsThousands) {
  const std::pair<long long, const char*> numbers[] = {
      {0, "0"}, {999, "999"}, {1000, "1,000"}, {-999, "-999"}, {-1000, "-1,000"}, {1234567, "1,234,567"}};
  for (const auto& [number, text] : numbers) EXPECT_EQ(grouped(number), text);
}

TEST(Text, MarkupIsEscapedAndWhatIsNoTextIsReplaced) {
  EXPECT_EQ(escape(R"(<a href="x">&'é🙂)"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;é🙂");
  EXPECT_EQ(escape("a\tb\nc"), "a\tb\nc");
  EXPECT_EQ(escape(std::string_view("\0\x01\x1f\x7f", 4)), "����");
  EXPECT_EQ(escape("\xc3"), "�");                 // cut off
  EXPECT_EQ(escape("\xe2\x82|"), "��|");          // cut off before another character
  EXPECT_EQ(escape("\xc0\xbc"), "��");            // '<', overlong
  EXPECT_EQ(escape("\xed\xa0\x80"), "���");       // half of a pair
  EXPECT_EQ(escape("\xf4\x90\x80\x80"), "����");  // beyond Unicode
  EXPECT_EQ(escape("\xef\xbf\xbe"), "�");         // U+FFFE is no character
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(fitted("short", 100), "short");
  for (const std::string text :
       {"a long name of a class", "ééééééééééééééé", "数数数数数数数", "🙂🙂🙂🙂🙂🙂"}) {
    for (int width = 12; width < 60; width += 7) {
      const std::string cut = fitted(text, width);
      EXPECT_LE(text_width(cut), width);
      EXPECT_TRUE(cut.ends_with("…"));
      EXPECT_EQ(escape(cut), cut);  // whole characters
    }
  }
  EXPECT_EQ(fitted("name", 1), "…");
}

EpochReport epoch(double accuracy, double loss = 1, bool validated = true) {
  EpochReport report;
  report.train = {.loss = loss, .accuracy = accuracy};
  if (validated) report.validation = Metrics{.loss = loss, .accuracy = accuracy};
  return report;
}

TEST(BestEpoch, IsTheFirstOfTheHighest) {
  EXPECT_EQ(best_epoch({}), -1);
  const EpochReport several[] = {epoch(0.5), epoch(0.75), epoch(0.25), epoch(0.75), epoch(nan)};
  EXPECT_EQ(best_epoch(several), 1);
  const EpochReport unvalidated[] = {epoch(0.5, 1, false)};
  EXPECT_EQ(best_epoch(unvalidated), -1);
  const EpochReport zeros[] = {epoch(0), epoch(0)};
  EXPECT_EQ(best_epoch(zeros), 0);
}

TEST(WorstMistakes, AreTheSurestFirstThenInOrder) {
  const TestPrediction test[] = {
      {0, 1, 2, 0.5F}, {1, 1, 1, 0.99F}, {2, 0, 2, 0.75F}, {3, 0, 1, 0.5F}, {4, 2, 0, 0.25F}};
  std::vector<int> rows;
  for (const TestPrediction& p : worst_mistakes(test, 3)) rows.push_back(p.row);
  EXPECT_EQ(rows, (std::vector<int>{2, 0, 3}));
  EXPECT_EQ(worst_mistakes(test, 24).size(), 4U);
  EXPECT_TRUE(worst_mistakes({}, 24).empty());
}

// Numbers that are none would make a browser, or librsvg, drop the shape or the picture.
void expect_finite(const Svg& svg) {
  const std::string text = svg.element();
  for (const char* no_number :
       {"\"nan", "\"-nan", "\"inf", "\"-inf", ",nan", ",-nan", ",inf", ",-inf", " nan", " inf"}) {
    EXPECT_EQ(text.find(no_number), std::string::npos) << no_number << " in " << text;
  }
}

TEST(Figures, HistoriesAtTheirEdges) {
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<EpochReport>> histories = {{},
                                                           {epoch(0.5)},
                                                           {epoch(0, 0)},
                                                           {epoch(0.5, 2), epoch(0.5, 2)},
                                                           {epoch(nan, nan), epoch(nan, nan)},
                                                           {epoch(0.5, 1), epoch(0.1, infinite)},
                                                           {epoch(0.5, 1e30), epoch(0.5, 1e-30)},
                                                           {epoch(0.5, 1, false), epoch(0.6, 1, false)}};
  for (const auto& history : histories) {
    expect_finite(draw_loss(history));
    expect_finite(draw_accuracy(history));
  }
}

Evaluation evaluation(int classes, std::vector<std::uint32_t> confusion) {
  Evaluation evaluation;
  evaluation.classes = classes;
  evaluation.confusion = std::move(confusion);
  return evaluation;
}

TEST(Figures, ClassesAtTheirEdges) {
  const Labels names{"a", ""};
  for (const auto& confusion : {std::vector<std::uint32_t>{0, 0, 0, 0}, {3, 0, 0, 0}, {0, 3, 3, 0}}) {
    expect_finite(draw_class_accuracy(evaluation(2, confusion), names));
    expect_finite(draw_confusion(evaluation(2, confusion), names));
  }
  expect_finite(draw_confusion(evaluation(1, {5}), {"alone"}));
  expect_finite(draw_class_accuracy(evaluation(1, {5}), {"alone"}));
  for (const int classes : {13, 41, 256}) {
    const auto square = static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes);
    const Labels many(static_cast<std::size_t>(classes), "name");
    expect_finite(draw_confusion(evaluation(classes, std::vector<std::uint32_t>(square)), many));
    const CountedPart parts[] = {{"train", std::vector<int>(many.size())},
                                 {"test", std::vector<int>(many.size(), 7)}};
    expect_finite(draw_classes(parts, many));
  }
}

TEST(Figures, AnswersAndImagesAtTheirEdges) {
  const TestPrediction sure[] = {{0, 0, 0, 1.0F}, {1, 0, 0, 0.0F}};
  expect_finite(draw_calibration({}));
  expect_finite(draw_calibration(sure));
  LabelledImages data;
  expect_finite(draw_examples(data, {}));
  data.images.count = data.images.height = 1;
  data.images.width = 500;
  data.images.storage = Bytes(500);
  std::fill_n(data.images.storage.data(), 500, std::uint8_t{7});
  data.labels = {0};
  expect_finite(draw_examples(data, {"name"}));
  expect_finite(draw_mistakes({}, data.images, {"name"}));
  expect_finite(draw_mistakes(std::span(sure).first(1), data.images, {"name"}));
  Model model;
  model.layers.push_back({2, 1, Activation::none, {0, 0}, {0}});
  model.height = 1;
  model.width = 2;
  expect_finite(draw_weights(model));
  expect_finite(draw_activations());
}

}  // namespace
}  // namespace duet
