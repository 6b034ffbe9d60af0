// The same weights, bit for bit: for any number of threads, and for two runs in a row, at each instruction
// set.
#include <gtest/gtest.h>

#include "core/trainer.h"
#include "cpu/isa.h"
#include "tests/backends.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

constexpr LayerSizes::value_type hidden = 150;  // tiles and a rest, in every direction

// Weights after two epochs, shuffled, with a short last batch.
std::vector<Layer> train(Backend& backend, const LabelledImages& data) {
  const LayerSizes sizes = {data.images.pixels_per_image(), hidden, 70, 10};
  const ResidentExamples examples(backend, data.images, data.labels, 255);
  const Selection training{examples, {Part::train, 100, 700}}, validation{examples, {Part::train, 0, 100}};
  Trainer trainer(backend, {.batch = 128}, training, validation, glorot_layers(sizes, 3));
  while (trainer.epochs_completed() < 2) {
    if (trainer.run_epoch() != EpochEnd::completed) ADD_FAILURE() << "training ended early";
  }
  EXPECT_LT(trainer.report().train.loss, 2.0) << "nothing was learned, so that equal bits mean nothing";
  return trainer.layers();
}

void expect_same_bits(const std::vector<Layer>& a, const std::vector<Layer>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t l = 0; l < a.size(); ++l) {
    ASSERT_EQ(a[l].weight.size(), b[l].weight.size());
    EXPECT_EQ(std::memcmp(a[l].weight.data(), b[l].weight.data(), a[l].weight.size() * sizeof(float)), 0)
        << l;
    EXPECT_EQ(std::memcmp(a[l].bias.data(), b[l].bias.data(), a[l].bias.size() * sizeof(float)), 0) << l;
  }
}

TEST(SameBits, ForAnyNumberOfThreadsAndEveryRun) {
  const LabelledImages data = small_data(800, 28, 28, 10);
  int compared = 0;
  for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
    SCOPED_TRACE(kernels->name);
    const std::vector<Layer> once = train(*cpu_backend(1, kernels->name), data);
    for (const int threads : {1, 2, 3, 5}) {
      SCOPED_TRACE(threads);
      expect_same_bits(train(*cpu_backend(threads, kernels->name), data), once);
      ++compared;
    }
  }
  EXPECT_GE(compared, 4);
}

TEST(SameBits, AnotherSeedGivesOthers) {
  EXPECT_NE(glorot_layers({4, 3}, 1)[0].weight, glorot_layers({4, 3}, 2)[0].weight);
}

TEST(SameBits, EvenWhenFewerThreadsComeThanWereAskedFor) {
  const LabelledImages data = small_data(800, 28, 28, 10);
  const std::vector<Layer> once = train(*cpu_backend(1), data);
  std::vector<Layer> nested;
#pragma omp parallel num_threads(2)
  {
#pragma omp single
    nested = train(*cpu_backend(4), data);  // OpenMP gives a region inside a region one thread
  }
  expect_same_bits(nested, once);
}

}  // namespace
}  // namespace duet::test
