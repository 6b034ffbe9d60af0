// Our own kernels, as nvcc makes them for each architecture, in the double: right values by
// tests/reference.h, and nothing to report, in any order of blocks and warps.
#include <cmath>
#include <random>

#include "core/adam_step.h"
#include "cuda/kernels/kernels.h"
#include "tests/cuda_double/ptx/device.h"
#include "tests/reference.h"

namespace duet::cuda_double {
namespace {

struct How {
  int target;
  Schedule schedule;
};

class PtxKernels : public testing::TestWithParam<How> {
 protected:
  // Runs the kernel of `file` whose name has `name` in it.
  template <class... Arguments>
  void start(const std::string& file, const std::string& name, Shape shape, const Arguments&... arguments) {
    const Module module = module_of_file(file + "." + std::to_string(GetParam().target) + ".ptx");
    shape.schedule = GetParam().schedule;
    EXPECT_EQ(run(kernel_of(module, name), shape, arguments...), Ended::well);
    EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
  }

  std::vector<float> random_values(std::size_t size) {
    std::vector<float> values(size);
    for (float& value : values) value = std::uniform_real_distribution<float>(-1, 1)(random_);
    return values;
  }

  std::mt19937 random_{5};
};

reference::Matrix matrix(const std::vector<float>& values, int rows, int cols, int ld) {
  reference::Matrix result(rows, cols);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < cols; ++j) result[i][j] = values[static_cast<std::size_t>(i) * ld + j];
  }
  return result;
}

void expect_near(const std::vector<double>& expected, const std::vector<double>& values, double tolerance) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], expected[i], tolerance) << i;
}
void expect_near(const std::vector<double>& expected, const std::vector<float>& values, double tolerance) {
  expect_near(expected, std::vector<double>(values.begin(), values.end()), tolerance);
}

TEST_P(PtxKernels, Adam) {
  const std::size_t size = 4 * 700;
  const std::vector<float> param = random_values(size), g = random_values(size), m = random_values(size);
  std::vector<float> v = random_values(size);
  for (float& value : v) value *= value;
  const Buffer<float> on_device[] = {Buffer(param), Buffer(g), Buffer(m), Buffer(v)};
  const Buffer<AdamStep> step(std::vector<AdamStep>{adam_step({}, 2)});
  start("adam", "adam_thread_per_four", {.blocks = {3, 1, 1}, .threads = {256, 1, 1}},
        cuda::AdamArrays{on_device[0].get(), on_device[1].get(), on_device[2].get(), on_device[3].get(), size,
                         step.get(), nullptr});
  const auto doubles = [](const std::vector<float>& values) {
    return reference::Vector(values.begin(), values.end());
  };
  reference::AdamState state{doubles(param), doubles(m), doubles(v)};
  const Hyper hyper;
  reference::adam(state, doubles(g), 3, hyper.learning_rate, hyper.beta1, hyper.beta2, hyper.epsilon);
  expect_near(state.param, on_device[0].values(), 1e-5);
  expect_near(state.m, on_device[2].values(), 1e-6);
  expect_near(state.v, on_device[3].values(), 1e-6);
}

// A batch of a step that is not the first, of examples in some order.
struct Batch {
  static constexpr int rows = 37, step = 1, examples = 100, order_size = 80;
  std::vector<std::uint32_t> order;
  std::vector<std::uint8_t> labels;
  std::vector<int> of_rows;
  Buffer<std::uint32_t> order_on_device;
  Buffer<std::uint8_t> labels_on_device;
  Buffer<int> clock{std::vector<int>{step}};

  explicit Batch(unsigned classes)
      : order([] {
          std::vector<std::uint32_t> shuffled(order_size);
          for (std::uint32_t i = 0; i < order_size; ++i) shuffled[i] = i * 37 % examples;
          return shuffled;
        }()),
        labels([classes] {
          std::vector<std::uint8_t> some(examples);
          for (unsigned i = 0; i < examples; ++i) some[i] = static_cast<std::uint8_t>(i * 7 % classes);
          return some;
        }()),
        order_on_device(order),
        labels_on_device(labels) {
    for (int row = 0; row < rows; ++row) of_rows.push_back(labels[order[step * rows + row]]);
  }
  cuda::BatchRows batch_rows() const { return {order_on_device.get(), order_size, rows, rows}; }
  cuda::StepNumber number() const { return {clock.get(), false}; }
};

struct Output {
  static constexpr unsigned blocks = (Batch::rows + 7) / 8;
  Buffer<Result> results{std::vector<Result>(Batch::step + 1)};
  Buffer<std::uint32_t> stopped{std::vector<std::uint32_t>{0}};
  Buffer<cuda::RowResult> rows{Batch::rows};
  Buffer<unsigned> arrived{std::vector<unsigned>{0}};
  cuda::LossOutput get() const { return {results.get(), stopped.get(), rows.get(), {}}; }

  void expect(const reference::Matrix& z, const std::vector<int>& labels) const {
    std::uint32_t correct = 0;
    for (int i = 0; i < z.rows; ++i) correct += reference::first_maximum(z[i], z.cols) == labels[i] ? 1 : 0;
    const Result result = results.values()[Batch::step];
    EXPECT_NEAR(double{result.loss}, reference::cross_entropy(z, labels), 1e-5);
    EXPECT_EQ(result.correct, correct);
    EXPECT_EQ(result.seen, static_cast<unsigned>(Batch::rows));
    EXPECT_EQ(arrived.values()[0], 0u);
    EXPECT_EQ(stopped.values()[0], 0u);
  }
};

TEST_P(PtxKernels, SoftmaxCrossEntropy) {
  constexpr int classes = 45, ld = 48;
  const Batch batch(classes);
  const Output output;
  const std::vector<float> z = random_values(std::size_t{Batch::rows} * ld);
  const Buffer<float> logits(z), db(classes);
  start("softmax_cross_entropy", "softmax_cross_entropy_warp_per_row",
        {.blocks = {Output::blocks, 1, 1}, .threads = {256, 1, 1}},
        cuda::Loss{batch.batch_rows(), batch.labels_on_device.get(), logits.get(), classes, ld, db.get(),
                   output.arrived.get(), output.get()},
        batch.number());
  const reference::Matrix exact = matrix(z, Batch::rows, classes, ld);
  output.expect(exact, batch.of_rows);
  const reference::Matrix dz = reference::cross_entropy_gradient(exact, batch.of_rows);
  expect_near(dz.values, matrix(logits.values(), Batch::rows, classes, ld).values, 1e-6);
  expect_near(reference::column_sums(dz), db.values(), 1e-6);
}

TEST_P(PtxKernels, Head) {
  constexpr int classes = 10, in = 75, ld_x = 80, ld_w = 16;
  const Batch batch(classes);
  const Output output;
  const std::vector<float> x = random_values(std::size_t{Batch::rows} * ld_x), b = random_values(classes);
  std::vector<float> w = random_values(std::size_t{in} * ld_w);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = i % ld_w < classes ? w[i] : 0;  // the padding is zero
  const Buffer<float> on_device[] = {Buffer(x), Buffer(w), Buffer(b)};
  const Buffer<float> dz(Batch::rows * ld_w), below(Batch::rows * ld_x), db(classes), db_below(in);
  constexpr int blocks = cuda::blocks_of_head(Batch::rows);
  const Buffer<float> partial(std::vector<float>(blocks * cuda::cols_of_head_partial(in)));
  start("head", "head_block_per_rowsILi16", {.blocks = {blocks, 1, 1}, .threads = {256, 1, 1}},
        cuda::HeadOperands{batch.batch_rows(), batch.labels_on_device.get(), on_device[0].get(),
                           on_device[1].get(), on_device[2].get(), in, classes, ld_x, ld_w, true, dz.get(),
                           below.get(), ld_w, ld_x, output.get().rows, partial.get()},
        batch.number());
  start("head_sums", "head_sums_block_per_columns", {.blocks = {2, 1, 1}, .threads = {256, 1, 1}},
        cuda::HeadSums{Batch::rows, in, classes, partial.get(), db.get(), db_below.get(), output.get()},
        batch.number());
  const reference::Matrix exact_x = matrix(x, Batch::rows, in, ld_x), exact_w = matrix(w, in, classes, ld_w);
  const reference::Matrix z = reference::linear(exact_x, exact_w, {b.begin(), b.end()});
  output.expect(z, batch.of_rows);
  const reference::Matrix exact_dz = reference::cross_entropy_gradient(z, batch.of_rows);
  const reference::Matrix exact_below = reference::grad_input(exact_dz, exact_w, exact_x, true);
  expect_near(reference::column_sums(exact_dz), db.values(), 1e-5);
  expect_near(reference::column_sums(exact_below), db_below.values(), 1e-5);
}

TEST_P(PtxKernels, Gather) {
  for (const int cols : {60, 61}) {
    const Batch batch(10);
    std::vector<std::uint8_t> pixels(Batch::examples * static_cast<std::size_t>(cols));
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 31);
    const Buffer<std::uint8_t> on_device(pixels);
    const Buffer<float> x(std::vector<float>(std::size_t{Batch::rows} * 64, -1.0f));
    start("gather", cols % 4 == 0 ? "gather_block_per_rowI6uchar4E" : "gather_block_per_rowIhE",
          {.blocks = {Batch::rows, 1, 1}, .threads = {256, 1, 1}},
          cuda::Gather{batch.batch_rows(), on_device.get(), 255.0f, x.get(), cols, 64}, batch.number());
    const std::vector<float> values = x.values();
    for (int i = 0; i < Batch::rows * 64; ++i) {
      const auto example = batch.order[Batch::rows + static_cast<std::size_t>(i) / 64];
      const auto column = static_cast<std::size_t>(i % 64), width = static_cast<std::size_t>(cols);
      ASSERT_EQ(values[i], column < width ? pixels[example * width + column] / 255.0f : -1.0f);
    }
  }
}

TEST_P(PtxKernels, MaskAndSum) {
  constexpr int rows = 21, cols = 70, ld = 80;
  const std::vector<float> g = random_values(rows * ld), y = random_values(rows * ld);
  const Buffer<float> dz(g), mask(y), db(cols);
  start("bias", "mask_and_sum_block_per_columns", {.blocks = {3, 1, 1}, .threads = {256, 1, 1}},
        cuda::MaskAndSum{dz.get(), rows, cols, ld, mask.get(), ld, db.get()});
  reference::Matrix masked = matrix(g, rows, cols, ld);
  const reference::Matrix exact_y = matrix(y, rows, cols, ld);
  for (std::size_t i = 0; i < masked.values.size(); ++i) masked.values[i] *= exact_y.values[i] > 0 ? 1 : 0;
  expect_near(masked.values, matrix(dz.values(), rows, cols, ld).values, 0);
  expect_near(reference::column_sums(masked), db.values(), 1e-5);
}

TEST_P(PtxKernels, Tick) {
  const Hyper hyper{.learning_rate = 0.01, .updates = 7};
  const Buffer<Hyper> on_device(std::vector<Hyper>{hyper});
  const Buffer<int> clock(std::vector<int>{5});
  const Buffer<AdamStep> made(1);
  start("clock", "tick_one_thread", {.threads = {1, 1, 1}},
        cuda::Tick{clock.get(), on_device.get(), made.get()});
  const AdamStep expected = adam_step(hyper, 5);
  // All bits, for which NaN may stand too. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
  EXPECT_EQ(std::memcmp(&made.values()[0], &expected, sizeof expected), 0);
  EXPECT_EQ(clock.values()[0], 6);
}

INSTANTIATE_TEST_SUITE_P(Orders, PtxKernels,
                         testing::Values(How{75, {Schedule::ascending}}, How{75, {Schedule::descending}},
                                         How{75, {Schedule::random, 7}}, How{80, {Schedule::random, 8}},
                                         How{90, {Schedule::random, 9}}, How{120, {Schedule::descending}},
                                         How{120, {Schedule::random, 10}}));

}  // namespace
}  // namespace duet::cuda_double
