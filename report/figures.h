// The pictures of a run, of its data and of its model; report and plot share them. A figure is 420 wide, so
// that its text can still be read on a phone; what is under the pointer says its values.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/evaluation.h"
#include "core/model/model.h"
#include "core/trainer.h"
#include "report/scores.h"
#include "report/svg.h"
#include "report/test_predictions.h"

namespace duet {

inline constexpr double figure_width = 420;

// One line of a chart over epochs; NaN where an epoch has no value.
struct Curve {
  std::string name;
  std::vector<double> values;  // (epochs)
  int colour = 0;              // of the six of chart.css; the same again where there are more
  bool dashed = false;
};
struct CurveChart {
  std::string title, quantity;  // "Loss", "loss"
  std::vector<Curve> curves;
  int best_epoch = -1;  // marked, unless -1
  bool from_zero = false;
};
Svg draw_curves(const CurveChart& chart);

// Training and validation of one run, the best epoch marked.
Svg draw_loss(std::span<const EpochReport> history);
Svg draw_accuracy(std::span<const EpochReport> history);

// The first nine, with their labels.
Svg draw_examples(const LabelledImages& data, const std::vector<std::string>& class_names);

// How many examples of each class there are in each part.
struct CountedPart {
  std::string name;
  std::vector<int> counts;  // (classes)
};
std::vector<int> count_labels(std::span<const std::uint8_t> labels, int classes);
Svg draw_classes(std::span<const CountedPart> parts, const std::vector<std::string>& class_names);

// ReLU and softmax as curves.
Svg draw_activations();

// Accuracy of each class with its 95 % interval, the lowest first.
Svg draw_class_accuracy(const Evaluation& evaluation, const std::vector<std::string>& class_names);

// Rows are true classes, columns predicted ones; each row adds up to 1.
Svg draw_confusion(const Evaluation& evaluation, const std::vector<std::string>& class_names);

// How often answers were right, against how sure they were.
Svg draw_calibration(std::span<const TestPrediction> test);

// The wrong answers that were the surest.
inline constexpr int mistakes_shown = 24;
std::vector<TestPrediction> worst_mistakes(std::span<const TestPrediction> test, int most);
Svg draw_mistakes(std::span<const TestPrediction> mistakes, const Images& images,
                  const std::vector<std::string>& class_names);

// What units of the first layer look for: their weights as images, of the units with the largest.
Svg draw_weights(const Model& model);

}  // namespace duet
