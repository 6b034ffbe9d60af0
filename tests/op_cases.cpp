#include "tests/op_cases.h"

#include <algorithm>
#include <numeric>

#include "core/rng.h"

namespace duet::test {
namespace {

using reference::Matrix;
using reference::Vector;

constexpr Hyper hyper_of_cases = {
    .learning_rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7, .updates = 41};
constexpr int few_classes = 10;

// Batch sizes make sums of up to 784 products of small integers: exact in float, so equal is meant.
void expect_equal(const Matrix& got, const Matrix& want) {
  ASSERT_EQ(got.rows, want.rows);
  ASSERT_EQ(got.cols, want.cols);
  for (int i = 0; i < got.rows; ++i) {
    for (int j = 0; j < got.cols; ++j) ASSERT_EQ(got[i][j], want[i][j]) << "row " << i << ", column " << j;
  }
}

void expect_near(const Vector& got, const Vector& want, double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(got[i], want[i], tolerance * (1 + std::abs(want[i]))) << "element " << i;
  }
}

std::uint32_t correct_rows(const Matrix& logits, const std::vector<int>& labels) {
  std::uint32_t correct = 0;
  for (int i = 0; i < logits.rows; ++i) {
    correct += reference::first_maximum(logits[i], logits.cols) == labels[i] ? 1 : 0;
  }
  return correct;
}

// For an op to write: what is there before does not matter.
Vec<float> overwritten(Guarded& operands, int size) {
  return operands.vec(Vector(static_cast<std::size_t>(size), 99.0));
}

template <class T>
std::vector<T> random_bytes(Random& random, int size, int below) {
  std::vector<T> values(static_cast<std::size_t>(size));
  for (T& value : values) value = static_cast<T>(random.integer(0, below - 1));
  return values;
}

// Floats of which few are not zero, where so asked.
Matrix activations(Random& random, int rows, int cols, From from) {
  Matrix x = random.integers(rows, cols);
  for (int i = 0; i < rows; ++i) {
    if (from == From::activations || (from == From::half_sparse_activations && i % 2 == 0)) continue;
    for (int j = 0; j < cols; ++j) {
      if (random.integer(0, 4) != 0) x[i][j] = 0;
    }
  }
  return x;
}

// x of an op: a batch of pixels, or activations.
class InputCase {
 public:
  InputCase(Random& random, int rows, int inputs, From from) {
    if (from == From::pixels || from == From::sparse_pixels) {
      batch_.emplace(random, rows, inputs, few_classes, from == From::sparse_pixels);
      x = batch_->x;
    } else {
      x = activations(random, rows, inputs, from);
    }
  }
  Input build(Guarded& operands) const {
    if (batch_) return batch_->build(operands);
    return Mat<const float>(operands.mat(x));
  }
  Matrix x;

 private:
  std::optional<BatchCase> batch_;
};

// Parameters with moments, as after some updates.
class AdamOperands {
 public:
  AdamOperands(Random& random, int rows, int cols, bool stopped)
      : param(random.reals(rows, cols, -1, 1)),
        m(random.reals(rows, cols, -0.1, 0.1)),
        v(random.reals(rows, cols, 0, 0.1)),
        stopped_(stopped) {}
  Adam build(Guarded& operands) {
    on_[0] = operands.panels(param);
    on_[1] = operands.panels(m);
    on_[2] = operands.panels(v);
    return {.param = on_[0].all(),
            .grad = {},
            .m = on_[1].all(),
            .v = on_[2].all(),
            .hyper = operands.vec<Hyper>({hyper_of_cases}).data,
            .stopped = operands.vec<std::uint32_t>({stopped_ ? 1u : 0u}).data};
  }
  void expect(Guarded& operands, const Vector& gradient) {
    reference::AdamState state{param.values, m.values, v.values};
    const Hyper& h = hyper_of_cases;
    const double t = static_cast<double>(h.updates) + case_step + 1;
    if (!stopped_) reference::adam(state, gradient, t, h.learning_rate, h.beta1, h.beta2, h.epsilon);
    const double tolerance = stopped_ ? 0 : 2e-6;
    expect_near(operands.read(on_[0]).values, state.param, tolerance);
    expect_near(operands.read(on_[1]).values, state.m, tolerance);
    expect_near(operands.read(on_[2]).values, state.v, tolerance);
  }
  Matrix param, m, v;

 private:
  bool stopped_;
  Panels<float> on_[3];
};

class LinearCase final : public OpCase {
 public:
  LinearCase(Shape s, Activation act, From from)
      : input_(random_, s.rows, s.in, from),
        w_(random_.integers(s.in, s.out)),
        b_(random_.integers(1, s.out)),
        act_(act) {}
  Op build(Guarded& operands) override {
    y_ = operands.mat(input_.x.rows, w_.cols);
    return Linear{input_.build(operands), operands.panels(w_), operands.vec(b_.values), act_, y_};
  }
  void expect(Guarded& operands) override {
    const Matrix z = reference::linear(input_.x, w_, b_.values);
    expect_equal(operands.read(y_), act_ == Activation::relu ? reference::relu(z) : z);
  }

 private:
  Random random_;
  InputCase input_;
  Matrix w_, b_;
  Activation act_;
  Mat<float> y_;
};

class GradInputCase final : public OpCase {
 public:
  GradInputCase(Shape s, Activation act_below, From from)
      : dz_(random_.integers(s.rows, s.out)),
        w_(random_.integers(s.in, s.out)),
        y_below_(activations(random_, s.rows, s.in, from)),
        act_below_(act_below) {
    if (act_below == Activation::relu) {  // which makes no negative number
      for (double& value : y_below_.values) value = std::abs(value);
    }
  }
  Op build(Guarded& operands) override {
    dz_below_ = operands.mat(dz_.rows, w_.rows);
    db_below_ = overwritten(operands, w_.rows);
    return GradInput{operands.mat(dz_), operands.panels(w_), operands.mat(y_below_),
                     act_below_,        dz_below_,           db_below_};
  }
  void expect(Guarded& operands) override {
    const Matrix want = reference::grad_input(dz_, w_, y_below_, act_below_ == Activation::relu);
    expect_equal(operands.read(dz_below_), want);
    ASSERT_EQ(operands.read(db_below_), reference::column_sums(want));
  }

 private:
  Random random_;
  Matrix dz_, w_, y_below_;
  Activation act_below_;
  Mat<float> dz_below_;
  Vec<float> db_below_;
};

class GradWeightCase final : public OpCase {
 public:
  GradWeightCase(Shape s, From from, Update update)
      : input_(random_, s.rows, s.in, from), dz_(random_.integers(s.rows, s.out)) {
    if (update != Update::none) adam_.emplace(random_, s.in, s.out, update == Update::stopped);
  }
  Op build(Guarded& operands) override {
    const int in = input_.x.cols, out = dz_.cols;
    GradWeight op{input_.build(operands), operands.mat(dz_), {}, std::nullopt};
    if (adam_) {
      op.dw = operands.shape_of_panels(in, out);
      op.update = adam_->build(operands);
    } else {
      op.dw = dw_ = operands.panels(in, out);
    }
    return op;
  }
  void expect(Guarded& operands) override {
    const Matrix want = reference::grad_weight(input_.x, dz_);
    if (adam_) {
      adam_->expect(operands, want.values);
    } else {
      expect_equal(operands.read(dw_), want);
    }
  }

 private:
  Random random_;
  InputCase input_;
  Matrix dz_;
  std::optional<AdamOperands> adam_;
  Panels<float> dw_;
};

class AdamCase final : public OpCase {
 public:
  AdamCase(int size, bool stopped) : g_(random_.reals(1, size, -1, 1)), adam_(random_, 1, size, stopped) {}
  Op build(Guarded& operands) override {
    Adam op = adam_.build(operands);
    op.grad = Vec<const float>(operands.panels(g_).data, op.param.size);
    return op;
  }
  void expect(Guarded& operands) override { adam_.expect(operands, g_.values); }

 private:
  Random random_;
  Matrix g_;
  AdamOperands adam_;
};

class SoftmaxCrossEntropyCase final : public OpCase {
 public:
  SoftmaxCrossEntropyCase(int rows, int classes, bool backward)
      : batch_(random_, rows, 1, classes), z_(random_.reals(rows, classes, -20, 20)), backward_(backward) {}
  Op build(Guarded& operands) override {
    logits_ = operands.mat(z_);
    results_ = operands.vec(std::vector<Result>(3, unwritten));
    stopped_ = operands.vec<std::uint32_t>({0}).data;
    SoftmaxCrossEntropy op{logits_, batch_.build(operands), backward_, {}, results_, stopped_};
    if (backward_) op.db = db_ = overwritten(operands, z_.cols);
    return op;
  }
  void expect(Guarded& operands) override {
    const std::vector<int>& labels = batch_.labels_of_step;
    const std::vector<Result> results = operands.read_plain<Result>(results_.data, results_.size);
    const Result& result = results[case_step];
    const double loss = reference::cross_entropy(z_, labels);
    EXPECT_NEAR(result.loss, loss, 3e-7 * (1 + loss));
    EXPECT_EQ(result.correct, correct_rows(z_, labels));
    EXPECT_EQ(result.seen, static_cast<std::uint32_t>(z_.rows));
    EXPECT_EQ(results[0].seen, unwritten.seen);
    EXPECT_EQ(results[2].seen, unwritten.seen);
    EXPECT_EQ(operands.read_plain<std::uint32_t>(stopped_, 1)[0], 0u);
    const Matrix dz = reference::cross_entropy_gradient(z_, labels);
    expect_near(operands.read(logits_).values, backward_ ? dz.values : z_.values,
                backward_ ? 3e-7 / z_.rows : 0);
    if (backward_) expect_near(operands.read(db_), reference::column_sums(dz), 1e-6);
  }

 private:
  static constexpr Result unwritten = {-1, 77, 77};
  Random random_;
  BatchCase batch_;
  Matrix z_;
  bool backward_;
  Mat<float> logits_;
  Vec<float> db_;
  Vec<Result> results_;
  Ptr<std::uint32_t> stopped_;
};

class HeadCase final : public OpCase {
 public:
  HeadCase(Shape s, Activation act_below)
      : batch_(random_, s.rows, 1, s.out),
        x_(random_.reals(s.rows, s.in, act_below == Activation::relu ? 0 : -1, 1)),
        w_(random_.reals(s.in, s.out, -1, 1)),
        b_(random_.reals(1, s.out, -1, 1)),
        act_below_(act_below) {
    if (act_below == Activation::relu) {  // about half of the units are silent
      for (double& value : x_.values) value = std::max(value - 0.5, 0.0);
    }
  }
  Op build(Guarded& operands) override {
    const Mat<const float> x = operands.mat(x_);
    const Panels<const float> w = operands.panels(w_);
    const Batch batch = batch_.build(operands);
    dz_ = operands.mat(x_.rows, w_.cols);
    dz_below_ = operands.mat(x_.rows, w_.rows);
    db_ = overwritten(operands, w_.cols);
    db_below_ = overwritten(operands, w_.rows);
    results_ = operands.vec(std::vector<Result>(3));
    return Head{{x, w, operands.vec(b_.values), Activation::none, dz_},
                {dz_, batch, true, db_, results_, operands.vec<std::uint32_t>({0}).data},
                {dz_, w, x, act_below_, dz_below_, db_below_}};
  }
  void expect(Guarded& operands) override {
    const std::vector<int>& labels = batch_.labels_of_step;
    const Matrix z = reference::linear(x_, w_, b_.values), dz = reference::cross_entropy_gradient(z, labels);
    const Matrix below = reference::grad_input(dz, w_, x_, act_below_ == Activation::relu);
    const Result result = operands.read_plain<Result>(results_.data, results_.size)[case_step];
    const double loss = reference::cross_entropy(z, labels), rounding = 1e-7 * std::sqrt(double(x_.cols));
    EXPECT_NEAR(result.loss, loss, 10 * rounding * (1 + loss));
    EXPECT_EQ(result.seen, static_cast<std::uint32_t>(x_.rows));
    EXPECT_EQ(result.correct, correct_rows(z, labels));
    expect_near(operands.read(dz_).values, dz.values, 20 * rounding / x_.rows);
    expect_near(operands.read(db_), reference::column_sums(dz), 20 * rounding);
    expect_near(operands.read(dz_below_).values, below.values, 20 * rounding / x_.rows);
    expect_near(operands.read(db_below_), reference::column_sums(below), 20 * rounding);
  }

 private:
  Random random_;
  BatchCase batch_;
  Matrix x_, w_, b_;
  Activation act_below_;
  Mat<float> dz_, dz_below_;
  Vec<float> db_, db_below_;
  Vec<Result> results_;
};

class SoftmaxCase final : public OpCase {
 public:
  SoftmaxCase(int rows, int classes) : z_(random_.reals(rows, classes, -30, 30)) {}
  Op build(Guarded& operands) override { return Softmax{logits_ = operands.mat(z_)}; }
  void expect(Guarded& operands) override {
    expect_near(operands.read(logits_).values, reference::softmax(z_).values, 3e-7);
  }

 private:
  Random random_;
  Matrix z_;
  Mat<float> logits_;
};

class ConfusionCase final : public OpCase {
 public:
  // Few different values, so that there are ties: the first maximum is meant.
  ConfusionCase(int rows, int classes)
      : batch_(random_, rows, 1, classes), z_(random_.integers(rows, classes)) {}
  Op build(Guarded& operands) override {
    counts_ = operands.mat<std::uint32_t>(z_.cols, z_.cols, leading_dimension<std::uint32_t>(z_.cols));
    operands.write_plain<std::uint32_t>(counts_.data, {1});  // counts add to what is there
    return Confusion{operands.mat(z_), batch_.build(operands), counts_};
  }
  void expect(Guarded& operands) override {
    const int n = z_.cols;
    std::vector<std::uint32_t> want(static_cast<std::size_t>(n) * counts_.ld);
    want[0] = 1;
    for (int i = 0; i < z_.rows; ++i) {
      want[static_cast<std::size_t>(batch_.labels_of_step[i]) * counts_.ld +
           reference::first_maximum(z_[i], n)] += 1;
    }
    EXPECT_EQ(operands.read_plain<std::uint32_t>(counts_.data, n * counts_.ld), want);
  }

 private:
  Random random_;
  BatchCase batch_;
  Matrix z_;
  Mat<std::uint32_t> counts_;
};

class ShuffleCase final : public OpCase {
 public:
  explicit ShuffleCase(int size) : rows_(static_cast<std::size_t>(size)) {
    std::iota(rows_.begin(), rows_.end(), 1000u);
    std::reverse(rows_.begin(), rows_.end());  // where rows stand before does not matter
  }
  Op build(Guarded& operands) override {
    order_ = operands.vec(rows_);
    return Shuffle{seed, order_};
  }
  void expect(Guarded& operands) override {
    std::vector<std::uint32_t> want = rows_;
    const auto bits = [](std::uint32_t row) { return random_bits(seed, Purpose::shuffle, case_step, row); };
    std::sort(want.begin(), want.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(bits(a), a) < std::pair(bits(b), b);
    });
    EXPECT_EQ(operands.read_plain<std::uint32_t>(order_.data, order_.size), want);
  }

 private:
  static constexpr std::uint64_t seed = 0x123456789ABCDEF;
  std::vector<std::uint32_t> rows_;
  Vec<std::uint32_t> order_;
};

}  // namespace

BatchCase::BatchCase(Random& random, int rows_, int inputs_, int classes, bool sparse)
    : rows(rows_), inputs(inputs_), stride(rows_ + 2), x(rows_, inputs_) {
  const int examples = rows + 3;
  pixels = random_bytes<std::uint8_t>(random, examples * inputs, 16);
  for (std::uint8_t& pixel : pixels) {
    if (sparse && random.integer(0, 4) != 0) pixel = 0;
  }
  labels = random_bytes<std::uint8_t>(random, examples, std::min(classes, 256));
  order = random_bytes<std::uint32_t>(random, case_step * stride + rows, examples);
  for (int i = 0; i < rows; ++i) {
    const std::size_t example = order[static_cast<std::size_t>(case_step) * stride + i];
    for (int j = 0; j < inputs; ++j) x[i][j] = pixels[example * inputs + j] * 0.25;
    labels_of_step.push_back(labels[example]);
  }
}

Batch BatchCase::build(Guarded& operands) const {
  const int examples = static_cast<int>(labels.size());
  const Vec<std::uint8_t> bytes = operands.vec(pixels);
  return {.from = {.pixels = Mat<const std::uint8_t>(bytes.data, examples, inputs, inputs),
                   .divisor = 4,
                   .labels = operands.vec(labels)},
          .order = operands.vec(order),
          .stride = stride,
          .rows = rows};
}

std::unique_ptr<OpCase> linear_case(Shape shape, Activation act, From from) {
  return std::make_unique<LinearCase>(shape, act, from);
}
std::unique_ptr<OpCase> grad_input_case(Shape shape, Activation act_below, From from) {
  return std::make_unique<GradInputCase>(shape, act_below, from);
}
std::unique_ptr<OpCase> grad_weight_case(Shape shape, From from, Update update) {
  return std::make_unique<GradWeightCase>(shape, from, update);
}
std::unique_ptr<OpCase> softmax_cross_entropy_case(int rows, int classes, bool backward) {
  return std::make_unique<SoftmaxCrossEntropyCase>(rows, classes, backward);
}
std::unique_ptr<OpCase> adam_case(int size, bool stopped) {
  return std::make_unique<AdamCase>(size, stopped);
}
std::unique_ptr<OpCase> head_case(Shape shape, Activation act_below) {
  return std::make_unique<HeadCase>(shape, act_below);
}
std::unique_ptr<OpCase> softmax_case(int rows, int classes) {
  return std::make_unique<SoftmaxCase>(rows, classes);
}
std::unique_ptr<OpCase> confusion_case(int rows, int classes) {
  return std::make_unique<ConfusionCase>(rows, classes);
}
std::unique_ptr<OpCase> shuffle_case(int size) { return std::make_unique<ShuffleCase>(size); }

}  // namespace duet::test
