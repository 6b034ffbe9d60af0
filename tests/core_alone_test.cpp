// Core without any device: the trainer, run on a backend that computes nothing and writes down what it was
// asked. This test links core alone; that it builds is half of it.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>

#include "core/error.h"
#include "core/evaluation.h"
#include "core/trainer.h"
#include "core/unwrap.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

using Lines = std::vector<std::string>;

class RecordingBackend final : public Backend {
 public:
  RecordingBackend(Preferences preferences, float loss = 1) : preferences_(preferences), loss_(loss) {}
  DeviceInfo info() const override { return {"fake", "none", 0}; }
  Preferences prefers() const override { return preferences_; }
  FreeMemory free_memory() override { return {free}; }
  Memory allocate(std::size_t bytes) override {
    allocated += bytes;
    const std::size_t size = round_up(bytes + 1, 256);
    auto* const data = static_cast<std::byte*>(std::aligned_alloc(256, size));
    std::memset(data, 0, size);
    return {Ptr<std::byte>(data), std::shared_ptr<void>(data, std::free)};
  }
  void copy_in(Ptr<std::byte> to, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(unwrap(to), from.data(), from.size());
  }
  void copy_out(std::span<std::byte> to, Ptr<const std::byte> from) override {
    if (!to.empty()) std::memcpy(to.data(), unwrap(from), to.size());
  }
  void peek(std::span<std::byte> to, Ptr<const std::byte> from) override { copy_out(to, from); }
  std::size_t bytes_to_compile(std::span<const Op> step) override {
    check(step);
    return 1000 * step.size();
  }
  std::unique_ptr<Executable> compile(std::span<const Op> step) override {
    allocated += bytes_to_compile(step);
    Lines lines;
    for (const Op& op : step) lines.push_back(describe(op));
    programs.push_back(lines);
    return std::make_unique<Program>(*this, std::vector<Op>(step.begin(), step.end()), programs.size() - 1);
  }
  void wait() override {}

  std::size_t free = SIZE_MAX, allocated = 0;  // bytes
  std::vector<Lines> programs;
  std::map<std::size_t, std::vector<int>> steps_run;  // of each program
  float update = 0;                                   // what Adam adds to its first parameter

 private:
  class Program final : public Executable {
   public:
    Program(RecordingBackend& backend, std::vector<Op> ops, std::size_t number)
        : backend_(backend), ops_(std::move(ops)), number_(number) {}
    void run(int first, int count) override {
      for (int step = first; step < first + count; ++step) {
        backend_.steps_run[number_].push_back(step);
        for (const Op& op : ops_) {
          if (const auto* o = std::get_if<SoftmaxCrossEntropy>(&op)) {
            unwrap(o->results.data)[step] = {backend_.loss_, 1, static_cast<std::uint32_t>(o->logits.rows)};
          }
          if (const auto* o = std::get_if<Adam>(&op)) unwrap(o->param.data)[0] += backend_.update;
        }
      }
    }

   private:
    RecordingBackend& backend_;
    std::vector<Op> ops_;
    std::size_t number_;
  };
  Preferences preferences_;
  float loss_;
};

constexpr int inputs = 6, classes = 3;

Trainer make_trainer(RecordingBackend& backend, const LabelledImages& data, bool shuffle = true) {
  const ResidentExamples examples(backend, data.images, data.labels, 255);
  return Trainer(backend, {.batch = 4, .shuffle = shuffle}, {examples, {Part::train, 3, 10}},
                 {examples, {Part::train, 0, 3}}, glorot_layers({inputs, 5, 2, classes}, 1));
}

TEST(CoreAlone, ATrainingTakesTheMemoryThatItWasSaidToNeed) {
  const LabelledImages data = small_data(20, 2, 3, classes);
  for (const bool update_in_grad_weight : {false, true}) {
    RecordingBackend backend({.update_in_grad_weight = update_in_grad_weight});
    const MemoryNeeds needs = memory_of_training(backend, {.batch = 4}, {inputs, 5, 2, classes},
                                                 {data, {Part::train, 3, 10}}, {data, {Part::train, 0, 3}});
    EXPECT_EQ(backend.allocated, 0U);
    make_trainer(backend, data);
    EXPECT_EQ(needs.total(), backend.allocated);
    // By hand, in rows of 64 bytes. 20 images of 6 pixels, their labels; 10 rows, and 3.
    EXPECT_EQ(needs.data, 128U + 64U + 64U + 64U);
    const unsigned biases = 3 * 64U, parameters = (6 + 5 + 2) * 64U + biases;
    EXPECT_EQ(needs.weights, parameters);
    EXPECT_EQ(needs.gradients, update_in_grad_weight ? biases : parameters);
    EXPECT_EQ(needs.moments, 2 * parameters);
    // Of 4 rows what three layers make, and gradients for two; of the validation's 3, what three make. A row
    // of results each, and the two numbers that a step looks up.
    EXPECT_EQ(needs.activations, (4 * 5 + 3 * 3 + 4) * 64U);
    EXPECT_EQ(needs.workspace, 1000U * (1 + 2 * 10 + 4));  // the shuffle, two lengths of a step, a validation
    EXPECT_EQ(needs.total(), needs.data + needs.weights + needs.gradients + needs.moments +
                                 needs.activations + needs.workspace);
  }
}

TEST(CoreAlone, AnEvaluationTakesTheMemoryThatItWasSaidToNeed) {
  const LabelledImages data = small_data(300, 2, 3, classes);  // more than a batch
  const Model model{.layers = glorot_layers({inputs, 5, classes}, 1),
                    .height = 2,
                    .width = 3,
                    .divisor = 255,
                    .class_names = {"a", "b", "c"},
                    .training = {}};
  const Split rows{Part::train, 0, 290};
  RecordingBackend backend({});
  const MemoryNeeds needs = memory_of_evaluation(backend, sizes_of(model.layers), data, rows);
  EXPECT_EQ(backend.allocated, 0U);
  backend.free = needs.total();
  evaluate(backend, model, data, rows);
  EXPECT_EQ(needs.total(), backend.allocated);

  backend.free = backend.allocated = 0;
  EXPECT_THROW(evaluate(backend, model, data, rows), Error);
  EXPECT_THROW(predict(backend, model, small_data(300, 2, 3, classes).images), Error);
  EXPECT_EQ(backend.allocated, 0U);
}

TEST(CoreAlone, WhatIsTooLargeIsNamed) {
  RecordingBackend backend({});
  backend.free = 3 << 20;
  check_memory(backend, "it", {.data = 1 << 20, .weights = 1 << 20, .activations = 1 << 20});
  check_memory(backend, "it", {.data = 3 << 20, .weights = 1 << 20, .there = 1 << 20});
  const auto sentence = [&](const MemoryNeeds& needs) -> std::string {
    try {
      check_memory(backend, "the training", needs);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::memory);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(sentence({.data = 2 << 20, .moments = 1 << 20, .activations = 3 << 19, .batch_is_chosen = true}),
            "the training needs 4.5 MiB of memory and fake has 3.0 MiB free; most of it, 2.0 MiB, is for the "
            "examples: use fewer examples, or --device cpu");
  const MemoryNeeds small_batch{
      .weights = 2 << 20, .gradients = 2 << 20, .workspace = 3 << 20, .batch_is_chosen = true};
  EXPECT_NE(sentence(small_batch).find("4.0 MiB, is for the network: use smaller layers"), std::string::npos);
  MemoryNeeds large_batch{.weights = 3 << 20, .activations = 2 << 20, .workspace = 2 << 20};
  EXPECT_NE(sentence(large_batch).find("7.0 MiB, is for the network: use smaller layers"), std::string::npos);
  large_batch.batch_is_chosen = true;
  EXPECT_NE(sentence(large_batch).find("4.0 MiB, is for the batches: use a smaller --batch"),
            std::string::npos);
}

TEST(CoreAlone, ATrainingStepWithTheUpdateInGradWeight) {
  RecordingBackend backend({.update_in_grad_weight = true});
  const LabelledImages data = small_data(20, 2, 3, classes);
  make_trainer(backend, data);
  ASSERT_EQ(backend.programs.size(), 4u);  // shuffle; training: full, tail; validation: its 3 rows
  EXPECT_EQ(backend.programs[0], Lines{"shuffle 10"});
  const Lines step = {
      "linear batch 4x6 by 6x5, relu",
      "linear 4x5 by 5x2, relu",
      "linear 4x2 by 2x3, none",
      "softmax_cross_entropy 4x3, backward",
      "grad_input 4x3 by 2x3 transposed, relu",
      "grad_input 4x2 by 5x2 transposed, relu",
      "grad_weight 4x2 transposed by 4x3, update",
      "grad_weight 4x5 transposed by 4x2, update",
      "grad_weight batch 4x6 transposed by 4x5, update",
      "adam 48",  // biases of 5, 2 and 3, each a line of 16 floats
  };
  EXPECT_EQ(backend.programs[1], step);
  EXPECT_EQ(backend.programs[2][0], "linear batch 2x6 by 6x5, relu");
  EXPECT_EQ(backend.programs[3], (Lines{"linear batch 3x6 by 6x5, relu", "linear 3x5 by 5x2, relu",
                                        "linear 3x2 by 2x3, none", "softmax_cross_entropy 3x3"}));
}

TEST(CoreAlone, ATrainingStepWithGradientsAndOneUpdateOfAll) {
  RecordingBackend backend({.update_in_grad_weight = false});
  const LabelledImages data = small_data(20, 2, 3, classes);
  make_trainer(backend, data);
  const Lines& step = backend.programs[1];
  EXPECT_EQ(step[8], "grad_weight batch 4x6 transposed by 4x5");
  EXPECT_EQ(step.back(), fmt::format("adam {}", 16 * (6 + 5 + 2) + 48));  // every row a line, then the biases
}

TEST(CoreAlone, ATrainingStepWithAHeadForFewClasses) {
  const LabelledImages data = small_data(20, 2, 3, classes);
  RecordingBackend backend({.head_up_to_classes = classes});
  make_trainer(backend, data);
  const Lines step(backend.programs[1].begin() + 1, backend.programs[1].begin() + 5);
  EXPECT_EQ(step, (Lines{"linear 4x5 by 5x2, relu", "head 4x2 by 2x3, relu below",
                         "grad_input 4x2 by 5x2 transposed, relu", "grad_weight 4x2 transposed by 4x3"}));
  RecordingBackend few({.head_up_to_classes = classes - 1});
  make_trainer(few, data);
  EXPECT_EQ(few.programs[1][2], "linear 4x2 by 2x3, none");
}

TEST(CoreAlone, AnEpochRunsEveryStepOnceInOrder) {
  RecordingBackend backend({.update_in_grad_weight = true});
  const LabelledImages data = small_data(20, 2, 3, classes);
  Trainer trainer = make_trainer(backend, data);
  ASSERT_EQ(trainer.steps_per_epoch(), 3);
  for (int epoch = 0; epoch < 2; ++epoch) ASSERT_EQ(trainer.run_epoch(), EpochEnd::completed);
  EXPECT_EQ(backend.steps_run[0], (std::vector<int>{0, 1}));        // one shuffle an epoch, its number
  EXPECT_EQ(backend.steps_run[1], (std::vector<int>{0, 1, 0, 1}));  // full batches
  EXPECT_EQ(backend.steps_run[2], (std::vector<int>{2, 2}));        // the short one
  EXPECT_EQ(backend.steps_run[3], (std::vector<int>{0, 0}));
  // 4 + 4 + 2 examples, one right in each batch.
  EXPECT_DOUBLE_EQ(trainer.report().train.accuracy, 0.3);
  EXPECT_DOUBLE_EQ(trainer.report().train.accuracy_of_batches, (0.25 + 0.25 + 0.5) / 3);
  EXPECT_EQ(trainer.report().epoch, 1);
}

TEST(CoreAlone, WithoutShuffleTheOrderStays) {
  RecordingBackend backend({});
  const LabelledImages data = small_data(20, 2, 3, classes);
  Trainer trainer = make_trainer(backend, data, false);
  ASSERT_EQ(trainer.run_epoch(), EpochEnd::completed);
  EXPECT_TRUE(backend.steps_run[0].empty());
}

TEST(CoreAlone, TheWatchStopsBetweenSlices) {
  RecordingBackend backend({});
  const LabelledImages data = small_data(20, 2, 3, classes);
  Trainer trainer = make_trainer(backend, data);
  EXPECT_EQ(trainer.run_epoch([](const Progress& p) { return p.steps_done < 1; }), EpochEnd::stopped);
  EXPECT_EQ(backend.steps_run[1], std::vector<int>{0});
  EXPECT_EQ(trainer.epochs_completed(), 0);
}

TEST(CoreAlone, ALossThatIsNotFiniteEndsTheTrainingAndKeepsWhatWas) {
  RecordingBackend backend({}, std::numeric_limits<float>::infinity());
  const LabelledImages data = small_data(20, 2, 3, classes);
  Trainer trainer = make_trainer(backend, data);
  const std::vector<Layer> before = trainer.layers();
  EXPECT_EQ(trainer.run_epoch(), EpochEnd::diverged);
  EXPECT_EQ(trainer.diverged_at(), 1);
  EXPECT_EQ(trainer.layers()[0].weight, before[0].weight);
}

TEST(CoreAlone, WeightsThatAreNotFiniteAreNotKeptThoughEveryLossWas) {
  RecordingBackend backend({});
  const LabelledImages data = small_data(20, 2, 3, classes);
  Trainer trainer = make_trainer(backend, data);
  ASSERT_EQ(trainer.run_epoch(), EpochEnd::completed);
  backend.update = std::numeric_limits<float>::infinity();
  EXPECT_EQ(trainer.run_epoch(), EpochEnd::diverged);
  EXPECT_EQ(trainer.diverged_at(), 6);  // the second epoch's last step
  EXPECT_TRUE(std::isfinite(trainer.layers()[0].weight[0]));
}

TEST(CoreAlone, ALabelBeyondTheLastLayerIsRefused) {
  RecordingBackend backend({});
  LabelledImages data = small_data(20, 2, 3, classes);
  data.labels[7] = classes;
  try {
    make_trainer(backend, data);
    FAIL() << "nothing was refused";
  } catch (const Error& error) { EXPECT_EQ(error.kind(), ErrorKind::data); }
}

TEST(CoreAlone, PixelsAreTheSameWhetherCopiedOrTakenAway) {
  RecordingBackend backend({});
  LabelledImages data = small_data(100'000, 10, 10, classes);  // several pieces, and a rest
  const auto pixels_of = [&](const ResidentExamples& examples) {
    std::vector<std::uint8_t> pixels(100'000 * 100);
    copy_out<std::uint8_t>(backend, pixels, examples.examples().pixels.data);
    return pixels;
  };
  const auto copied = pixels_of(ResidentExamples(backend, data.images, data.labels, 255));
  EXPECT_TRUE(std::equal(copied.begin(), copied.end(), data.images.pixels().begin()));
  EXPECT_EQ(pixels_of(ResidentExamples(backend, std::move(data.images), data.labels, 255)), copied);
  EXPECT_EQ(data.images.storage.size(), 0u);
}

TEST(CoreAlone, WeightsComeBackAsTheyWereGiven) {
  for (const int width : {0, 16, 64}) {
    RecordingBackend backend({.weight_panel = width});
    const LayerSizes sizes = {7, 41, 3};
    const std::vector<Layer> layers = glorot_layers(sizes, 5);
    const auto [memory, p] =
        allocate(backend, [&](Arena& arena) { return book_parameters(arena, sizes, backend.prefers()); });
    upload(backend, p, layers);
    std::vector<Layer> back = glorot_layers(sizes, 6);
    download(backend, p, back);
    ASSERT_EQ(back.size(), 2u);
    for (std::size_t l = 0; l < 2; ++l) {
      EXPECT_EQ(back[l].weight, layers[l].weight);
      EXPECT_EQ(back[l].bias, layers[l].bias);
    }
    // Weight (5, 40) of the first layer, which is stored in 48 columns, counted by hand.
    const int at = width == 0 || width == 64 ? 5 * 48 + 40 : 2 * 7 * 16 + 5 * 16 + 8;
    EXPECT_EQ(unwrap(p.w[0].data)[at], layers[0].weight[40 * 7 + 5]);
  }
}

TEST(CoreAlone, GlorotWeightsFillTheirRange) {
  const Layer layer = glorot_layers({300, 200}, 9)[0];
  const double limit = std::sqrt(6.0 / 500);
  double sum = 0, squares = 0;
  for (const float w : layer.weight) {
    ASSERT_LE(std::abs(double{w}), limit * (1 + 1e-7));
    sum += double{w};
    squares += double{w} * double{w};
  }
  const double n = 60'000;
  EXPECT_NEAR(sum / n, 0, 4 * limit / std::sqrt(3 * n));  // four standard errors
  EXPECT_NEAR(squares / n, limit * limit / 3, 0.02 * limit * limit);
  for (const float b : layer.bias) EXPECT_EQ(b, 0);
}

TEST(CoreAlone, ChecksRefuseWhatBackendsMayNotMeet) {
  RecordingBackend backend({});
  const auto [memory, booked] = allocate(backend, [](Arena& arena) {
    struct Booked {
      Mat<float> a, b;
      Panels<float> w;
      Vec<float> bias;
    };
    return Booked{arena.mat<float>(4, 5), arena.mat<float>(4, 3), arena.panels<float>(5, 3, 0),
                  arena.vec<float>(3)};
  });
  const auto refused = [&](const Op& op) {
    try {
      check({&op, 1});
      return std::string("nothing was refused");
    } catch (const std::logic_error& error) { return std::string(error.what()); }
  };
  const auto& [a, b, w, bias] = booked;
  const Mat<float> crooked(b.data + 1, 4, 3, 16), narrow(b.data, 4, 3, 3);
  EXPECT_EQ(refused(Linear{Mat<const float>(a), w, bias, Activation::none, b}), "nothing was refused");
  EXPECT_NE(refused(Linear{Mat<const float>(b), w, bias, Activation::none, b}).find("x is 4 x 3, not 4 x 5"),
            std::string::npos);
  EXPECT_NE(refused(Linear{Mat<const float>(a), w, bias, Activation::none, crooked}).find("whole lines"),
            std::string::npos);
  EXPECT_NE(refused(Linear{Mat<const float>(a), w, bias, Activation::none, narrow}).find("whole lines"),
            std::string::npos);
  EXPECT_NE(refused(Linear{Mat<const float>(a), w, {}, Activation::none, b}).find("b is missing"),
            std::string::npos);
  EXPECT_NE(refused(Softmax{}).find("logits is missing"), std::string::npos);
  const Head torn{{Mat<const float>(a), w, bias, Activation::none, b},
                  {.logits = b, .labels = {}, .backward = true, .db = {}, .results = {}, .stopped = {}},
                  {a, w, a, Activation::relu, a, {}}};
  EXPECT_NE(refused(torn).find("do not share the logits"), std::string::npos);
  const Panels<float> thin(w.data, 5, 3, 16, 8), unpadded(w.data, 5, 3, 3, 3);
  for (const Panels<float>& wrong : {thin, unpadded}) {
    EXPECT_NE(refused(Linear{Mat<const float>(a), wrong, bias, Activation::none, b}).find("panels of w"),
              std::string::npos);
  }
  const Mat<float> over(w.data, 4, 3, 16);
  EXPECT_NE(refused(Linear{Mat<const float>(a), w, bias, Activation::none, over}).find("overlaps"),
            std::string::npos);
}

}  // namespace
}  // namespace duet::test
