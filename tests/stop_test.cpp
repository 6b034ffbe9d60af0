// A loss that is not finite: its result shows it, `stopped` is set, and from then on nothing is updated.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/mlp.h"
#include "core/resident.h"
#include "core/sweep.h"
#include "tests/backends.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

class Stop : public testing::TestWithParam<float> {};

TEST_P(Stop, NothingIsUpdatedAfterABadLoss) {
  const LabelledImages data = small_data(64, 4, 4, 3);
  for (const NamedBackend& on : usable_backends()) {
    SCOPED_TRACE(on.name);
    Backend& backend = *on.backend;
    std::vector<Layer> layers = glorot_layers({16, 5, 3}, 1);
    layers[1].weight[0] = GetParam();
    const ResidentExamples examples(backend, data.images, data.labels, 255);
    const ResidentOrder order(backend, {Part::train, 0, 64});
    const auto [memory, buffers] = allocate(backend, [&](Arena& arena) {
      return book_training(arena, sizes_of(layers), 16, 4, backend.prefers());
    });
    upload(backend, buffers.parameters, layers);
    const Hyper hyper;
    copy_in<Hyper>(backend, buffers.hyper, {&hyper, 1});
    Sweep sweep(backend, 64, 16, [&on = buffers, &examples, &order, &backend](int rows) {
      return training_step(on, {examples.examples(), order.order(), 16, rows}, backend.prefers());
    });
    sweep.run(0, 4);

    std::vector<Result> results(4);
    copy_out<Result>(backend, results, buffers.results.data);
    EXPECT_FALSE(std::isfinite(results[0].loss));
    std::uint32_t stopped = 0;
    copy_out<std::uint32_t>(backend, {&stopped, 1}, buffers.stopped);
    EXPECT_NE(stopped, 0u);
    std::vector<Layer> after = glorot_layers({16, 5, 3}, 2);
    download(backend, buffers.parameters, after);
    EXPECT_EQ(after[0].weight, layers[0].weight);
    EXPECT_EQ(after[1].bias, layers[1].bias);
  }
}

INSTANTIATE_TEST_SUITE_P(Values, Stop,
                         testing::Values(std::numeric_limits<float>::infinity(),
                                         -std::numeric_limits<float>::infinity(),
                                         std::numeric_limits<float>::quiet_NaN()),
                         [](const auto& value) { return "Number" + std::to_string(value.index); });

}  // namespace
}  // namespace duet::test
