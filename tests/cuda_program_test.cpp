// What the CUDA backend promises beyond right values: graphs that change no bits, steps that neither wait nor
// allocate, few kernels in a row, and the CPU's losses. On a GPU, or on the double, whose counters it then
// reads.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <regex>

#include "core/devices.h"
#include "core/evaluation.h"
#include "core/trainer.h"
#include "tests/backends.h"
#include "tests/cuda_double/control.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

using cuda_double::Counters;
using cuda_double::Double;

TEST(Cuda, RealDevice) {
  if (Double::here() != nullptr) GTEST_SKIP() << "these tests run on the double of CUDA";
  if (const std::string why = why_no_gpu(); !why.empty()) GTEST_SKIP() << why;
  EXPECT_EQ(cuda_backend(Precision::fp32)->info().device, "cuda:0");
}

// Everything else needs a GPU or the double.
class CudaProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_gpu(); !why.empty()) GTEST_SKIP() << why;
  }
  void TearDown() override {
    if (Double::here() == nullptr) return;
    std::vector<std::string> reports = Double::take_reports();
    if (looks_) {
      // A look reads beside what is being written, and nobody waits for it: that is what it is for
      // (backend.h).
      const std::regex of_a_look(
          "race: (cudaMemcpyAsync of \\d+ bytes reads what .*|.* what cudaMemcpyAsync of \\d+ bytes read, in "
          "no order.*)");
      std::erase_if(reports, [&](const std::string& report) { return std::regex_match(report, of_a_look); });
    }
    EXPECT_EQ(reports, std::vector<std::string>{});
    EXPECT_GT(Double::here()->counters().kernels, 0U) << "no kernel ran";
  }

  bool looks_ = false;  // while the device writes
};

struct Trained {
  std::vector<Layer> layers;
  std::vector<float> losses;  // of all steps
  double accuracy = 0;
};

constexpr int batch = 32,
              examples = 20 * batch + 7;  // more than a graph of steps, single ones, a short last batch

Trained train(Backend& backend, const LabelledImages& data, const LayerSizes& hidden, int epochs,
              bool shuffle = true) {
  LayerSizes sizes = {data.images.pixels_per_image()};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(10);
  const ResidentExamples on_device(backend, data.images, data.labels, 255);
  const Selection training{on_device, {Part::train, 0, examples}};
  const Selection validation{on_device, {Part::train, examples, data.images.count - examples}};
  Trainer trainer(backend, {.batch = batch, .shuffle = shuffle}, training, validation,
                  glorot_layers(sizes, 3));
  Trained trained;
  while (trainer.epochs_completed() < epochs) {
    if (trainer.run_epoch() != EpochEnd::completed) ADD_FAILURE() << "training ended early";
    for (const Result& result : trainer.step_results()) trained.losses.push_back(result.loss);
  }
  trained.layers = trainer.layers();
  trained.accuracy = trainer.report().train.accuracy;
  return trained;
}

LabelledImages data() { return small_data(examples + 60, 12, 11, 10); }

void expect_same_bits(const Trained& a, const Trained& b) {
  ASSERT_EQ(a.losses.size(), b.losses.size());
  EXPECT_EQ(std::memcmp(a.losses.data(), b.losses.data(), a.losses.size() * sizeof(float)), 0);
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    EXPECT_EQ(a.layers[l].weight, b.layers[l].weight) << l;
    EXPECT_EQ(a.layers[l].bias, b.layers[l].bias) << l;
  }
}

// In which products are the library's, and in which they are our own.
constexpr Precision precisions[] = {Precision::fp32, Precision::tf32};

TEST_F(CudaProgram, GraphsChangeNoBits) {
  for (const LayerSizes& hidden : {LayerSizes{30, 20}, LayerSizes{17}, LayerSizes{}}) {
    for (const Precision precision : precisions) {
      const Trained with = train(*cuda_backend(precision), data(), hidden, 2);
      const Trained without = train(*cuda_backend(precision, false), data(), hidden, 2);
      expect_same_bits(with, without);
    }
  }
}

// Also where sums are so long that cuBLASLt adds up parts of them.
TEST_F(CudaProgram, EveryRunHasTheSameBits) {
  for (const LayerSizes& hidden : {LayerSizes{30, 20}, LayerSizes{4, 260}}) {
    for (const Precision precision : precisions) {
      const Trained first = train(*cuda_backend(precision), data(), hidden, 2);
      for (int run = 0; run < 3; ++run)
        expect_same_bits(train(*cuda_backend(precision), data(), hidden, 2), first);
    }
  }
}

// As long as rounding alone has parted them, the losses of both are the same in seven digits; in TF32 in
// three.
TEST_F(CudaProgram, FollowsTheCpu) {
  // Two hidden layers with bits of their own; and none, where the loss is a kernel of its own.
  for (const LayerSizes& hidden : {LayerSizes{30, 25, 20}, LayerSizes{}}) {
    const Trained cpu = train(*cpu_backend(1), data(), hidden, 2);
    for (const auto& [precision, tolerance] :
         {std::pair(Precision::fp32, 5e-6), std::pair(Precision::tf32, 5e-3)}) {
      SCOPED_TRACE(name_of(precision));
      const Trained gpu = train(*cuda_backend(precision), data(), hidden, 2);
      ASSERT_EQ(cpu.losses.size(), gpu.losses.size());
      for (std::size_t step = 0; step < cpu.losses.size(); ++step) {
        EXPECT_NEAR(gpu.losses[step], cpu.losses[step], tolerance * double{1 + std::abs(cpu.losses[step])})
            << step;
      }
    }
  }
}

// Logits, by their large biases, whose exponentials are not finite.
std::vector<Layer> layers_with_large_logits() {
  std::vector<Layer> layers = glorot_layers({132, 30, 10}, 3);
  for (float& bias : layers.back().bias) bias = 100;
  return layers;
}

// What several steps of a program leave that sends batches through a network, and then does `rest`.
struct Passed {
  std::vector<float> logits;  // of the last step
  std::vector<Result> results;
  std::vector<std::uint32_t> counts;
};
enum class Rest { nothing, confusion_and_loss, loss_and_confusion };

Passed pass(Backend& backend, Rest rest) {
  constexpr int steps = 19;  // more than a graph of steps
  const LabelledImages images = data();
  const std::vector<Layer> layers = layers_with_large_logits();
  const ResidentExamples on_device(backend, images.images, images.labels, 255);
  const ResidentOrder order(backend, {Part::train, 3, steps * batch});
  struct Buffers {
    Parameters parameters;
    std::vector<Mat<float>> outputs;
    Vec<Result> results;
    Mat<std::uint32_t> counts;
  };
  const auto booked = allocate(backend, [&](Arena& arena) {
    const LayerSizes sizes = sizes_of(layers);
    return Buffers{book_parameters(arena, sizes, backend.prefers()), book_activations(arena, sizes, batch),
                   arena.vec<Result>(steps), arena.mat<std::uint32_t>(10, 10)};
  });
  const Buffers& on = booked.second;
  upload(backend, on.parameters, layers);
  const Batch rows{on_device.examples(), order.order(), batch, batch};
  std::vector<Op> program = forward(on.parameters, on.outputs, rows);
  const SoftmaxCrossEntropy loss{on.outputs.back(), rows, false, {}, on.results, {}};
  const Confusion confusion{on.outputs.back(), rows, on.counts};
  if (rest == Rest::confusion_and_loss) program.insert(program.end(), {confusion, loss});
  if (rest == Rest::loss_and_confusion) program.insert(program.end(), {loss, confusion});
  backend.compile(program)->run(0, steps);
  Passed passed{read_dense(backend, on.outputs.back()), std::vector<Result>(steps),
                read_dense(backend, on.counts)};
  copy_out<Result>(backend, passed.results, on.results.data);
  return passed;
}

// A step without a loss moves on too, and what comes behind the loss, which moves it on, is still of its
// step.
TEST_F(CudaProgram, EveryStepIsOfItsOwnBatch) {
  for (const Rest rest : {Rest::nothing, Rest::confusion_and_loss, Rest::loss_and_confusion}) {
    SCOPED_TRACE(static_cast<int>(rest));
    const Passed cpu = pass(*cpu_backend(1), rest), gpu = pass(*cuda_backend(Precision::fp32), rest);
    ASSERT_EQ(gpu.logits.size(), cpu.logits.size());
    for (std::size_t i = 0; i < cpu.logits.size(); ++i) EXPECT_NEAR(gpu.logits[i], cpu.logits[i], 1e-4) << i;
    for (std::size_t step = 0; step < cpu.results.size(); ++step) {
      EXPECT_NEAR(gpu.results[step].loss, cpu.results[step].loss, 1e-4) << step;
      EXPECT_EQ(gpu.results[step].correct, cpu.results[step].correct) << step;
    }
    EXPECT_EQ(gpu.counts, cpu.counts);
  }
}

TEST_F(CudaProgram, EvaluatesAndPredictsAsTheCpu) {
  Evaluation evaluations[2];
  Predictions predictions[2];
  for (const int gpu : {0, 1}) {
    const auto backend = gpu ? cuda_backend(Precision::fp32) : cpu_backend(1);
    LabelledImages images = data();  // on the CPU several batches of an evaluation, and a short one
    const Model model{.layers = layers_with_large_logits(),
                      .height = images.images.height,
                      .width = images.images.width,
                      .divisor = 255,
                      .class_names = std::vector<std::string>(10, "class"),
                      .training = {}};
    evaluations[gpu] = evaluate(*backend, model, images, {Part::train, 5, 600});
    predictions[gpu] = predict(*backend, model, std::move(images.images));
  }
  EXPECT_EQ(evaluations[1].confusion, evaluations[0].confusion);
  ASSERT_EQ(evaluations[1].answers.size(), evaluations[0].answers.size());
  for (std::size_t i = 0; i < evaluations[0].answers.size(); ++i) {
    EXPECT_EQ(evaluations[1].answers[i].predicted, evaluations[0].answers[i].predicted) << i;
    EXPECT_NEAR(evaluations[1].answers[i].probability, evaluations[0].answers[i].probability, 1e-5) << i;
  }
  EXPECT_NEAR(evaluations[1].loss, evaluations[0].loss, 1e-5);
  EXPECT_EQ(predictions[1].classes, predictions[0].classes);
  ASSERT_EQ(predictions[1].probabilities.size(), predictions[0].probabilities.size());
  for (std::size_t i = 0; i < predictions[0].probabilities.size(); ++i) {
    EXPECT_NEAR(predictions[1].probabilities[i], predictions[0].probabilities[i], 1e-5) << i;
  }
}

TEST_F(CudaProgram, ASmallNetworkConverges) {
  for (const Precision precision : precisions) {
    const Trained trained = train(*cuda_backend(precision), data(), {30, 20}, 12);
    EXPECT_GT(trained.accuracy, 0.99);
    EXPECT_LT(trained.losses.back(), 0.1F);
  }
}

// Counts of one epoch of the reference network's ops, after a first one.
class CudaCounters : public CudaProgram {
 protected:
  void SetUp() override {
    CudaProgram::SetUp();
    if (!IsSkipped() && Double::here() == nullptr) GTEST_SKIP() << "only the double of CUDA counts";
  }
};

// In TF32 products are kernels of ours, which take with them what the library's leave to a kernel each.
struct ShapeOfStep {
  Precision precision;
  unsigned nodes, in_a_row, library_calls;
};
class CudaCountersOfSteps : public CudaCounters, public testing::WithParamInterface<ShapeOfStep> {};

TEST_P(CudaCountersOfSteps, AStepWaitsForNothingAndAllocatesNothing) {
  const ShapeOfStep expected = GetParam();
  const auto backend = cuda_backend(expected.precision);
  const LabelledImages images = data();
  const ResidentExamples on_device(*backend, images.images, images.labels, 255);
  const Split rows{Part::train, 0, examples};
  const ResidentOrder order(*backend, rows);
  const LayerSizes sizes = {images.images.pixels_per_image(), 30, 20, 10};
  const auto booked = allocate(*backend, [&](Arena& arena) {
    return book_training(arena, sizes, batch, count_steps(examples, batch), backend->prefers());
  });
  Sweep sweep(*backend, examples, batch, [&](int count) {
    return training_step(booked.second, {on_device.examples(), order.order(), batch, count},
                         backend->prefers());
  });
  const auto shape = Double::here()->last_graph();  // of the last batch's single step
  EXPECT_EQ(shape.nodes, expected.nodes);
  EXPECT_EQ(shape.in_a_row, expected.in_a_row);
  EXPECT_EQ(shape.library_calls, expected.library_calls);
  backend->wait();

  const Counters before = Double::here()->counters();
  sweep.run(0, sweep.steps());
  const Counters after = Double::here()->counters();
  backend->wait();
  EXPECT_EQ(after.waits, before.waits);
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.living_handles, before.living_handles);
  EXPECT_EQ(after.bytes_to_host, before.bytes_to_host);
  EXPECT_EQ(after.graph_launches - before.graph_launches,
            1U + 4U + 1U);  // 16 steps, single ones, the short batch
  // The library's calls are some of the nodes; and each run sets the clock and gathers its first batch.
  const Counters run = Double::here()->counters();
  EXPECT_LE(run.kernels + run.library_calls - before.kernels - before.library_calls,
            expected.nodes * sweep.steps() + 2U * 2U);
}
INSTANTIATE_TEST_SUITE_P(Precisions, CudaCountersOfSteps,
                         testing::Values(ShapeOfStep{Precision::tf32, 7, 5, 0},
                                         ShapeOfStep{Precision::fp32, 10, 7, 6}));

TEST_F(CudaCounters, AnEpochBringsItsResultsAndItsWeightsToTheHostAndNoMore) {
  const auto backend = cuda_backend(Precision::fp32);
  const LabelledImages images = data();
  train(*backend, images, {30, 20}, 1);  // what is loaded once
  const Counters before = Double::here()->counters();
  const Trained trained = train(*backend, images, {30, 20}, 1);
  const Counters after = Double::here()->counters();
  std::size_t weights = 0;
  for (const Layer& layer : trained.layers) weights += padded<float>(layer.outputs) * (layer.inputs + 1U);
  // Weights at the end of the epoch, and to see that they are finite.
  EXPECT_LE(after.bytes_to_host - before.bytes_to_host, 8U * 1024 + 2 * sizeof(float) * weights);
}

TEST_F(CudaCounters, AWatchThatLooksWaitsForNothingAndSeesThisEpochAlone) {
  looks_ = true;
  const auto backend = cuda_backend(Precision::fp32);
  const LabelledImages images = data();
  const ResidentExamples on_device(*backend, images.images, images.labels, 255);
  Trainer trainer(*backend, {.batch = batch}, {on_device, {Part::train, 0, examples}},
                  {on_device, {Part::train, examples, 60}}, glorot_layers({132, 9, 10}, 3));
  for (int epoch = 0; epoch < 2; ++epoch) {
    std::vector<Result> known;
    const Watch watch = [&](const Progress&) {
      const std::uint64_t waits = Double::here()->counters().waits;
      const std::span<const Result> seen = trainer.known_results();
      EXPECT_EQ(Double::here()->counters().waits, waits);
      known.assign(seen.begin(), seen.end());
      return true;
    };
    ASSERT_EQ(trainer.run_epoch(watch, Looks::yes), EpochEnd::completed);
    for (std::size_t i = 0; i < known.size(); ++i) EXPECT_EQ(known[i].loss, trainer.step_results()[i].loss);
  }
}

TEST_F(CudaCounters, ATrainingTakesTheMemoryThatItWasSaidToNeed) {
  const LabelledImages images = data();
  const Split training{Part::train, 0, examples}, validation{Part::train, examples, 60};
  for (const LayerSizes& sizes :
       {LayerSizes{132, 30, 20, 10}, LayerSizes{132, 10}, LayerSizes{132, 9, 300}}) {
    const auto backend = cuda_backend(Precision::fp32);
    const std::size_t free = backend->free_memory().bytes;
    const std::uint64_t before = Double::here()->counters().allocations;
    const MemoryNeeds needs =
        memory_of_training(*backend, {.batch = batch}, sizes, {images, training}, {images, validation});
    EXPECT_EQ(Double::here()->counters().allocations, before);
    EXPECT_TRUE(backend->info().algorithms.empty()) << "nothing is compiled yet";
    const ResidentExamples on_device(*backend, images.images, images.labels, 255);
    Trainer trainer(*backend, {.batch = batch}, {on_device, training}, {on_device, validation},
                    glorot_layers(sizes, 3));
    EXPECT_EQ(free - backend->free_memory().bytes, needs.total());
    trainer.run_epoch();
    EXPECT_EQ(free - backend->free_memory().bytes, needs.total());
  }
}

TEST_F(CudaCounters, AnEvaluationStartsOnlyWhereThereIsRoomForIt) {
  const auto backend = cuda_backend(Precision::fp32);
  LabelledImages images = data();
  const Model model{.layers = glorot_layers({132, 30, 10}, 3),
                    .height = 12,
                    .width = 11,
                    .divisor = 255,
                    .class_names = std::vector<std::string>(10, "class"),
                    .training = {}};
  const Split rows{Part::train, 5, 600};
  const std::size_t needed = memory_of_evaluation(*backend, sizes_of(model.layers), images, rows).total();
  {
    const Memory all_but_what_it_needs = backend->allocate(backend->free_memory().bytes - needed);
    evaluate(*backend, model, images, rows);
  }
  const Memory more = backend->allocate(backend->free_memory().bytes - needed + 256);
  const std::uint64_t before = Double::here()->counters().allocations;
  for (const bool with_labels : {true, false}) {
    try {
      if (with_labels) evaluate(*backend, model, images, rows);
      if (!with_labels) predict(*backend, model, std::move(images.images));
      ADD_FAILURE() << "nothing was refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::memory);
      EXPECT_NE(std::string_view(error.what()).find(" MiB of memory and cuda:0 has "),
                std::string_view::npos);
    }
  }
  EXPECT_EQ(Double::here()->counters().allocations, before);
}

TEST_F(CudaCounters, NothingIsLeftBehind) {
  train(*cuda_backend(Precision::fp32), data(), {9}, 1);
  const Counters counters = Double::here()->counters();
  EXPECT_EQ(counters.living_allocations, 0U);
  EXPECT_EQ(counters.living_handles, 0U);
}

TEST_F(CudaProgram, PeekBringsWhatIsThereWithoutWaiting) {
  const auto backend = cuda_backend(Precision::fp32);
  train(*backend, data(), {9}, 1);
  const Memory memory = backend->allocate(64);
  std::vector<std::byte> written(64, std::byte{7}), seen(64);
  backend->copy_in(memory.data(), written);
  backend->wait();
  for (int look = 0; look < 1000 && seen != written; ++look) backend->peek(seen, memory.data());
  EXPECT_EQ(seen, written);
  seen.resize(16);
  written.resize(16);
  std::fill(seen.begin(), seen.end(), std::byte{});
  for (int look = 0; look < 1000 && seen != written; ++look) backend->peek(seen, memory.data());
  EXPECT_EQ(seen, written);
}

TEST_F(CudaProgram, PeekBringsNothingFromBeforeAWait) {
  looks_ = true;
  const auto backend = cuda_backend(Precision::fp32);
  train(*backend, data(), {9}, 1);
  const Memory memory = backend->allocate(64);
  const std::vector<std::byte> nothing(64), before(64, std::byte{7}), after(64, std::byte{8});
  for (const std::vector<std::byte>& written : {before, after}) {
    backend->copy_in(memory.data(), written);
    backend->wait();
    std::vector<std::byte> seen = nothing;
    for (int look = 0; look < 1000 && seen == nothing; ++look) backend->peek(seen, memory.data());
    EXPECT_EQ(seen, written);
    backend->allocate(64);  // and gives it back, before which all copies are made: also that of the last look
  }
}

// Whether it is not a number or infinite, the device stops by itself, and the trainer keeps what it began
// with.
TEST_F(CudaProgram, LossThatIsNotFiniteStopsTheUpdates) {
  for (const auto& [odd_one, precision] :
       {std::pair(INFINITY, Precision::fp32), std::pair(-3e38F, Precision::fp32),
        std::pair(INFINITY, Precision::tf32)}) {
    const auto backend = cuda_backend(precision);
    const LabelledImages images = data();
    const LayerSizes sizes = {images.images.pixels_per_image(), 12, 10};
    std::vector<Layer> layers = glorot_layers(sizes, 3);
    for (float& bias : layers.back().bias) bias = 3e38F;
    layers.back().bias[3] = odd_one;  // further below the others than the largest float
    const ResidentExamples on_device(*backend, images.images, images.labels, 255);
    const Split rows{Part::train, 0, examples};
    Trainer trainer(*backend, {.batch = batch}, {on_device, rows}, {on_device, {Part::train, examples, 60}},
                    layers);
    EXPECT_EQ(trainer.run_epoch(), EpochEnd::diverged);
    EXPECT_EQ(trainer.diverged_at(), 1);
    EXPECT_EQ(trainer.layers()[0].weight, layers[0].weight);
    const float loss = trainer.step_results()[0].loss;
    EXPECT_TRUE(odd_one > 0 ? std::isnan(loss) : std::isinf(loss)) << loss;

    const ResidentOrder order(*backend, rows);
    const auto booked = allocate(*backend, [&](Arena& arena) {
      return book_training(arena, sizes, batch, count_steps(examples, batch), backend->prefers());
    });
    const TrainingBuffers& on = booked.second;
    const Hyper hyper{.learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7, .updates = 0};
    copy_in<Hyper>(*backend, on.hyper, {&hyper, 1});
    upload(*backend, on.parameters, layers);
    const Batch full{on_device.examples(), order.order(), batch, batch};
    backend->compile(training_step(on, full, backend->prefers()))->run(0, 3);
    std::vector<Layer> trained = layers;
    download(*backend, on.parameters, trained);
    for (std::size_t l = 0; l < layers.size(); ++l) EXPECT_EQ(trained[l].weight, layers[l].weight) << l;
  }
}

}  // namespace
}  // namespace duet::test
