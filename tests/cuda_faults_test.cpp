// Every call of CUDA's libraries fails once, in turn: each failure is a sentence or changes nothing, nothing
// is left behind, and the next training is as good as any. On the double alone, which can be told to fail.
#include <gtest/gtest.h>

#include "core/evaluation.h"
#include "core/trainer.h"
#include "tests/backends.h"
#include "tests/cuda_double/control.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

using cuda_double::Double;

// All that a user's commands do on a device: training with validation, evaluation, probabilities.
struct Outcome {
  std::vector<float> weights;
  double loss = 0;
  std::vector<float> probabilities;
  bool operator==(const Outcome&) const = default;
};

Outcome work() {
  LabelledImages data = small_data(25, 4, 5, 3);
  const auto backend = cuda_backend(Precision::fp32);
  const ResidentExamples examples(*backend, data.images, data.labels, 255);
  Trainer trainer(*backend, {.batch = 8}, {examples, {Part::train, 0, 20}}, {examples, {Part::train, 20, 5}},
                  glorot_layers({data.images.pixels_per_image(), 5, 3}, 3));
  trainer.run_epoch();
  const Model model{.layers = trainer.layers(),
                    .height = data.images.height,
                    .width = data.images.width,
                    .divisor = 255,
                    .class_names = {"a", "b", "c"},
                    .training = {}};
  const double loss = evaluate(*backend, model, data, {Part::train, 0, 25}).loss;
  return {.weights = model.layers[0].weight,
          .loss = loss,
          .probabilities = predict(*backend, model, std::move(data.images)).probabilities};
}

class CudaFaults : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_gpu(); !why.empty()) GTEST_SKIP() << why;
    if (Double::here() == nullptr) GTEST_SKIP() << "a GPU cannot be told to fail";
  }
};

TEST_F(CudaFaults, EveryCall) {
  const Outcome well = work();  // the first time libraries ask more than later
  const std::uint64_t before = Double::here()->counters().calls;
  EXPECT_EQ(work(), well);
  const std::uint64_t calls = Double::here()->counters().calls - before;
  ASSERT_GT(calls, 100U);
  std::uint64_t sentences = 0;
  for (std::uint64_t call = 1; call <= calls; ++call) {
    SCOPED_TRACE(call);
    Double::here()->fail_at(call);
    std::string sentence = "none";
    try {
      EXPECT_EQ(work(), well) << "a failure passed without a word";  // but for what is given back
    } catch (const Error& error) {
      ++sentences;
      sentence = error.what();
      EXPECT_TRUE(error.kind() == ErrorKind::device || error.kind() == ErrorKind::memory) << error.what();
    }
    EXPECT_TRUE(Double::here()->has_failed()) << sentence;
    Double::here()->fail_at(0);
    EXPECT_EQ(Double::here()->counters().living_allocations, 0U);
    EXPECT_EQ(Double::here()->counters().living_handles, 0U);
    EXPECT_EQ(Double::take_reports(), std::vector<std::string>{});
    if (HasFailure()) return;
  }
  EXPECT_GT(sentences * 2, calls);  // the others give something back
  EXPECT_EQ(work(), well);
}

}  // namespace
}  // namespace duet::test
