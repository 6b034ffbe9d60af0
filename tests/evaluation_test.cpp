// What an evaluation says of each example, beside what the device counted and what predict() says.
#include "core/evaluation.h"

#include <gtest/gtest.h>

#include "tests/backends.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

constexpr int classes = 10, height = 12, width = 11;

Model model_with(double weights) {
  Model model{.layers = glorot_layers({height * width, 30, classes}, 3),
              .height = height,
              .width = width,
              .divisor = 255,
              .class_names = std::vector<std::string>(classes, "class"),
              .training = {}};
  for (float& weight : model.layers.back().weight) weight *= static_cast<float>(weights);
  return model;
}

class EvaluationTest : public testing::Test {
 protected:
  static constexpr int first = 5, count = 600;
  LabelledImages data_ = small_data(700, height, width, classes);
  Evaluation evaluate_with(Backend& backend, double weights) {
    return evaluate(backend, model_with(weights), data_, {Part::train, first, count});
  }
};

TEST_F(EvaluationTest, AnswersAreWhatTheDeviceCounted) {
  for (const NamedBackend& device : usable_backends()) {
    SCOPED_TRACE(device.name);
    const Evaluation evaluation = evaluate_with(*device.backend, 4);
    ASSERT_EQ(evaluation.answers.size(), std::size_t{count});
    std::vector<std::uint32_t> confusion(static_cast<std::size_t>(classes) * classes);
    for (std::size_t i = 0; i < evaluation.answers.size(); ++i) {
      ++confusion[static_cast<std::size_t>(data_.labels[first + i] * classes) +
                  static_cast<std::size_t>(evaluation.answers[i].predicted)];
    }
    EXPECT_EQ(confusion, evaluation.confusion);
  }
}

TEST_F(EvaluationTest, AnswersAreWhatIsPredicted) {
  for (const double weights : {0.0, 1e-6, 1.0, 1000.0}) {  // from every class alike to no doubt at all
    SCOPED_TRACE(weights);
    const auto backend = cpu_backend(2);
    const Evaluation evaluation = evaluate_with(*backend, weights);
    const Predictions predictions =
        predict(*backend, model_with(weights), small_data(700, height, width, classes).images);
    ASSERT_EQ(evaluation.answers.size(), std::size_t{count});
    for (std::size_t i = 0; i < evaluation.answers.size(); ++i) {
      const Answer& answer = evaluation.answers[i];
      const int predicted = predictions.classes[first + i];
      EXPECT_EQ(answer.predicted, predicted) << i;
      const auto at = (first + i) * classes + static_cast<std::size_t>(predicted);
      EXPECT_NEAR(answer.probability, predictions.probabilities[at], 1e-6) << i;
    }
  }
}

}  // namespace
}  // namespace duet::test
