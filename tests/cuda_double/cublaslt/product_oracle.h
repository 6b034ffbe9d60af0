// What a product must be, in double precision and from the documents alone: nothing of it is the double's.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {

inline bool has(cublasLtEpilogue_t epilogue, int bits) { return (epilogue & bits) != 0; }
// What CUBLASLT_EPILOGUE_* are made of, to the header's names.
inline constexpr int relu = 2, bias = 4, relu_gradient = 8, bias_gradient = 16, mask = 128, sums_of_a = 256,
                     sums_of_b = 512;

// What a product works on, and what it must make of it. Factors are (m, k) and (k, n), however they lie.
struct Oracle {
  Spec spec;
  double alpha, beta;
  HostMatrix a, b, c;                   // as they lie
  std::vector<float> vector;            // the bias
  std::vector<double> z, d, magnitude;  // before and after ReLU or its gradient; sums of absolute values
  std::vector<double> gradient;         // of the bias

  template <class Make>
  Oracle(const Spec& of, float with_alpha, float with_beta, Make make)
      : spec(of),
        alpha(with_alpha),
        beta(with_beta),
        a(of.transpose_a ? of.k : of.m, of.transpose_a ? of.m : of.k, of.gap),
        b(of.transpose_b ? of.n : of.k, of.transpose_b ? of.k : of.n, of.gap),
        c(of.m, of.n, of.gap) {
    a.fill(make);
    b.fill(make);
    c.fill(make);
    for (int i = 0; i < spec.m; ++i) vector.push_back(make());
  }

  double a_at(int i, int k) const { return spec.transpose_a ? a(k, i) : a(i, k); }
  double b_at(int k, int j) const { return spec.transpose_b ? b(j, k) : b(k, j); }
  int at(int i, int j) const { return j * spec.m + i; }

  // `awake` are the elements through which a gradient passes; `round` is what the product makes of a factor.
  template <class Round>
  void compute(const std::vector<bool>& awake, const Round& round) {
    z.assign(spec.m * spec.n, 0);
    magnitude = z;
    for (int j = 0; j < spec.n; ++j) {
      for (int i = 0; i < spec.m; ++i) {
        double sum = 0, size = 0;
        for (int k = 0; k < spec.k; ++k) {
          const double product = round(a_at(i, k)) * round(b_at(k, j));
          sum += product;
          size += std::abs(product);
        }
        const double of_bias = has(spec.epilogue, bias) ? static_cast<double>(vector[i]) : 0;
        const double added = beta * static_cast<double>(c(i, j)) + of_bias;
        z[at(i, j)] = alpha * sum + added;
        magnitude[at(i, j)] = std::abs(alpha) * size + std::abs(added);
      }
    }
    d = z;
    for (int e = 0; e < spec.m * spec.n; ++e) {
      if (has(spec.epilogue, relu)) d[e] = std::max(z[e], 0.0);
      if (has(spec.epilogue, relu_gradient)) d[e] = awake[e] ? z[e] : 0;
    }
    sum_gradient();
  }

  void sum_gradient() {
    gradient.assign(has(spec.epilogue, sums_of_b) ? spec.n : spec.m, 0);
    for (int i = 0; i < spec.m; ++i) {
      for (int j = 0; j < spec.n && has(spec.epilogue, bias_gradient); ++j) gradient[i] += d[at(i, j)];
      for (int k = 0; k < spec.k && has(spec.epilogue, sums_of_a); ++k) gradient[i] += a_at(i, k);
    }
    for (int j = 0; j < spec.n && has(spec.epilogue, sums_of_b); ++j) {
      for (int k = 0; k < spec.k; ++k) gradient[j] += b_at(k, j);
    }
  }
};

}  // namespace duet::cuda_double
