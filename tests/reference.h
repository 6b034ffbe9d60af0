// The judge: every op in double precision, written as its formula. Itself judged by finite differences
// (reference_test.cpp). Nothing here knows the library.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace reference {

struct Matrix {
  int rows = 0, cols = 0;
  std::vector<double> values;  // row-major
  Matrix() = default;
  Matrix(int rows_, int cols_) : rows(rows_), cols(cols_), values(static_cast<std::size_t>(rows_) * cols_) {}
  double* operator[](int row) { return values.data() + static_cast<std::size_t>(row) * cols; }
  const double* operator[](int row) const { return values.data() + static_cast<std::size_t>(row) * cols; }
  bool operator==(const Matrix&) const = default;
};
using Vector = std::vector<double>;

inline Matrix transposed(const Matrix& a) {
  Matrix t(a.cols, a.rows);
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < a.cols; ++j) t[j][i] = a[i][j];
  }
  return t;
}

// y += a x. Not looked at by the sanitizers: that was most of the time that the tests of ops took with them.
__attribute__((no_sanitize("address", "undefined", "thread"))) inline void axpy(int n, double a,
                                                                                const double* x, double* y) {
  for (int i = 0; i < n; ++i) y[i] += a * x[i];
}

inline Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(a.rows, b.cols);
  for (int i = 0; i < a.rows; ++i) {
    for (int k = 0; k < a.cols; ++k) axpy(b.cols, a[i][k], b[k], c[i]);
  }
  return c;
}

inline Matrix relu(Matrix z) {
  for (double& value : z.values) value = std::max(value, 0.0);
  return z;
}

// x w + b
inline Matrix linear(const Matrix& x, const Matrix& w, const Vector& b) {
  Matrix z = product(x, w);
  for (int i = 0; i < z.rows; ++i) {
    for (int j = 0; j < z.cols; ++j) z[i][j] += b[j];
  }
  return z;
}

inline Matrix softmax(Matrix z) {
  for (int i = 0; i < z.rows; ++i) {
    const double max = *std::max_element(z[i], z[i] + z.cols);
    double sum = 0;
    for (int j = 0; j < z.cols; ++j) sum += z[i][j] = std::exp(z[i][j] - max);
    for (int j = 0; j < z.cols; ++j) z[i][j] /= sum;
  }
  return z;
}

inline int first_maximum(const double* row, int n) {
  return static_cast<int>(std::max_element(row, row + n) - row);
}

// Mean over rows of log(sum exp(z - max z)) + max z - z_label.
inline double cross_entropy(const Matrix& z, const std::vector<int>& labels) {
  double loss = 0;
  for (int i = 0; i < z.rows; ++i) {
    const double max = *std::max_element(z[i], z[i] + z.cols);
    double sum = 0;
    for (int j = 0; j < z.cols; ++j) sum += std::exp(z[i][j] - max);
    loss += std::log(sum) + max - z[i][labels[i]];
  }
  return loss / z.rows;
}

// d cross_entropy / dz = (softmax(z) - onehot) / rows
inline Matrix cross_entropy_gradient(const Matrix& z, const std::vector<int>& labels) {
  Matrix dz = softmax(z);
  for (int i = 0; i < z.rows; ++i) dz[i][labels[i]] -= 1;
  for (double& value : dz.values) value /= z.rows;
  return dz;
}

// (dz w^T), where y_below > 0
inline Matrix grad_input(const Matrix& dz, const Matrix& w, const Matrix& y_below, bool relu_below) {
  Matrix below = product(dz, transposed(w));
  if (relu_below) {
    for (std::size_t i = 0; i < below.values.size(); ++i) below.values[i] *= y_below.values[i] > 0 ? 1 : 0;
  }
  return below;
}

inline Matrix grad_weight(const Matrix& x, const Matrix& dz) { return product(transposed(x), dz); }

inline Vector column_sums(const Matrix& a) {
  Vector sums(static_cast<std::size_t>(a.cols));
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < a.cols; ++j) sums[j] += a[i][j];
  }
  return sums;
}

struct AdamState {
  Vector param, m, v;
};

// Update number t, from 1.
inline void adam(AdamState& s, const Vector& g, double t, double lr, double b1, double b2, double eps) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    s.m[i] = b1 * s.m[i] + (1 - b1) * g[i];
    s.v[i] = b2 * s.v[i] + (1 - b2) * g[i] * g[i];
    s.param[i] -= lr * (s.m[i] / (1 - std::pow(b1, t))) / (std::sqrt(s.v[i] / (1 - std::pow(b2, t))) + eps);
  }
}

}  // namespace reference
