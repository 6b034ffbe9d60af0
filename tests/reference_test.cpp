// The reference against finite differences: a two-layer network's loss, every weight, bias and input moved a
// little.
#include "tests/reference.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using reference::Matrix;
using reference::Vector;

Matrix random_matrix(int rows, int cols, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal(0, 0.7);
  Matrix m(rows, cols);
  for (double& value : m.values) value = normal(generator);
  return m;
}

struct Network {
  Matrix x = random_matrix(5, 4, 1), w1 = random_matrix(4, 6, 2), w2 = random_matrix(6, 3, 3);
  Vector b1 = random_matrix(1, 6, 4).values, b2 = random_matrix(1, 3, 5).values;
  std::vector<int> labels = {0, 2, 1, 1, 0};

  double loss() const {
    return reference::cross_entropy(reference::linear(reference::relu(reference::linear(x, w1, b1)), w2, b2),
                                    labels);
  }
  double slope(double& value) const {
    const double h = 1e-6, at = value;
    value = at + h;
    const double up = loss();
    value = at - h;
    const double down = loss();
    value = at;
    return (up - down) / (2 * h);
  }
};

void expect_slopes(const Network& net, Vector& values, const Vector& gradient) {
  ASSERT_EQ(values.size(), gradient.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(net.slope(values[i]), gradient[i], 1e-8) << i;
}

TEST(Reference, GradientsAreTheSlopesOfTheLoss) {
  Network net;
  const Matrix y1 = reference::relu(reference::linear(net.x, net.w1, net.b1));
  const Matrix dz2 = reference::cross_entropy_gradient(reference::linear(y1, net.w2, net.b2), net.labels);
  const Matrix dz1 = reference::grad_input(dz2, net.w2, y1, true);
  expect_slopes(net, net.w2.values, reference::grad_weight(y1, dz2).values);
  expect_slopes(net, net.b2, reference::column_sums(dz2));
  expect_slopes(net, net.w1.values, reference::grad_weight(net.x, dz1).values);
  expect_slopes(net, net.b1, reference::column_sums(dz1));
  expect_slopes(net, net.x.values, reference::grad_input(dz1, net.w1, net.x, false).values);
}

TEST(Reference, SoftmaxIsADistributionAndIgnoresAShift) {
  Matrix z = random_matrix(3, 7, 6);
  const Matrix p = reference::softmax(z);
  for (double& value : z.values) value += 300;
  const Matrix shifted = reference::softmax(z);
  for (int i = 0; i < 3; ++i) {
    double sum = 0;
    for (int j = 0; j < 7; ++j) {
      sum += p[i][j];
      EXPECT_NEAR(p[i][j], shifted[i][j], 1e-12);
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(Reference, AdamsFirstUpdateIsTheLearningRateAgainstTheSign) {
  reference::AdamState state{{1, 1, 1}, {0, 0, 0}, {0, 0, 0}};
  reference::adam(state, {0.5, -3, 0}, 1, 0.01, 0.9, 0.999, 0);
  EXPECT_NEAR(state.param[0], 0.99, 1e-12);
  EXPECT_NEAR(state.param[1], 1.01, 1e-12);
  EXPECT_TRUE(std::isnan(state.param[2]));  // 0 / 0: why there is an epsilon
}

}  // namespace
