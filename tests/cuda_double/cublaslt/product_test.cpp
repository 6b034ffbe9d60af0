// Values of products, with every epilogue, against sums in double precision.
#include <cmath>
#include <limits>
#include <random>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

bool has(cublasLtEpilogue_t epilogue, int bits) { return (epilogue & bits) != 0; }
// What CUBLASLT_EPILOGUE_* are made of, to the header's names.
constexpr int relu = 2, bias = 4, relu_gradient = 8, bias_gradient = 16, mask = 128, sums_of_a = 256,
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

double exactly(double value) { return value; }

// Small integers: sums are exact in any order, and with TF32.
auto integers(unsigned seed) {
  return [random = std::mt19937(seed)]() mutable {
    return static_cast<float>(static_cast<int>(random() % 7) - 3);
  };
}
auto reals(unsigned seed) {
  return [random = std::mt19937(seed), normal = std::normal_distribution<float>()]() mutable {
    return normal(random);
  };
}

// The mask of (m, n) elements, and bytes behind it that are nobody's.
struct Mask {
  static constexpr unsigned char canary = 0xa5;
  std::int64_t ld;  // bits
  OnDevice<unsigned char> bits;

  Mask(int m, int n)
      : ld((m + 127) / 128 * 128 + 128), bits(std::vector<unsigned char>(n * ld / 8 + 16, canary)) {}
  void expect_intact() const {
    const std::vector<unsigned char> all = bits.values();
    EXPECT_EQ(std::vector<unsigned char>(all.end() - 16, all.end()), std::vector<unsigned char>(16, canary));
  }
};

// D as it lies before: C where the product is in place, else what it must not read.
HostMatrix before(const Oracle& oracle, bool in_place) {
  HostMatrix d = oracle.c;
  if (!in_place) d.fill([] { return std::numeric_limits<float>::quiet_NaN(); });
  return d;
}

// Sums may be off by `epsilon` of what their terms are without signs.
void expect_d(const Oracle& oracle, HostMatrix d, double epsilon) {
  for (int j = 0; j < d.cols; ++j) {
    for (int i = 0; i < d.rows; ++i) {
      const int e = oracle.at(i, j);
      ASSERT_NEAR(static_cast<double>(d(i, j)), oracle.d[e], epsilon * oracle.magnitude[e])
          << "row " << i << ", column " << j;
      d(i, j) = HostMatrix::canary;
    }
  }
  EXPECT_EQ(d.data, std::vector<float>(d.data.size(), HostMatrix::canary)) << "what is between the columns";
}

// Starts the product as it is described, and waits for it.
HostMatrix make(ProductCase& product, const Oracle& oracle, const Mask* with, const OnDevice<float>& vector) {
  const bool in_place = oracle.beta != 0;
  const OnDevice<float> a(oracle.a.data), b(oracle.b.data), d(before(oracle, in_place).data);
  product.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, vector.data());
  if (with != nullptr) {
    product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, with->bits.data());
    product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, with->ld);
  }
  product.choose();
  EXPECT_EQ(
      product.start(static_cast<float>(oracle.alpha), a.data(), b.data(), static_cast<float>(oracle.beta),
                    d.data(), d.data(), product.workspace.data(), product.stream),
      CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(product.stream), cudaSuccess);
  HostMatrix result = oracle.c;
  result.data = d.values();
  return result;
}

void expect_product(const Spec& spec, float alpha, float beta) {
  SCOPED_TRACE(testing::Message() << spec.m << " x " << spec.n << " x " << spec.k << ", operations "
                                  << spec.transpose_a << spec.transpose_b << ", epilogue " << spec.epilogue
                                  << ", alpha " << alpha << ", beta " << beta);
  Oracle oracle(spec, alpha, beta, integers(1));
  const Mask bits(spec.m, spec.n);
  std::vector<bool> awake(spec.m * spec.n);
  if (has(spec.epilogue, relu_gradient)) {  // the mask is made by a product of its own
    const Spec forward{.m = spec.m, .n = spec.n, .k = 5, .epilogue = CUBLASLT_EPILOGUE_RELU_AUX};
    Oracle first(forward, 1, 0, integers(2));
    first.compute({}, exactly);
    for (std::size_t e = 0; e < awake.size(); ++e) awake[e] = first.z[e] > 0;
    ProductCase product(forward);
    make(product, first, &bits, OnDevice<float>(first.vector));
  }
  oracle.compute(awake, exactly);
  const OnDevice<float> vector(has(spec.epilogue, bias) ? oracle.vector
                                                        : std::vector<float>(oracle.gradient.size(), 99));
  ProductCase product(spec);
  expect_d(oracle, make(product, oracle, has(spec.epilogue, mask) ? &bits : nullptr, vector), 0);
  if (has(spec.epilogue, bias_gradient | sums_of_a | sums_of_b)) {
    EXPECT_EQ(vector.values(), std::vector<float>(oracle.gradient.begin(), oracle.gradient.end()));
  }
  bits.expect_intact();
}

class Product : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_device()) GTEST_SKIP() << "no device";
  }
  void TearDown() override { EXPECT_EQ(reports(), ""); }
};

constexpr cublasLtEpilogue_t epilogues[] = {
    CUBLASLT_EPILOGUE_DEFAULT,     CUBLASLT_EPILOGUE_RELU,     CUBLASLT_EPILOGUE_BIAS,
    CUBLASLT_EPILOGUE_RELU_BIAS,   CUBLASLT_EPILOGUE_RELU_AUX, CUBLASLT_EPILOGUE_RELU_AUX_BIAS,
    CUBLASLT_EPILOGUE_DRELU,       CUBLASLT_EPILOGUE_BGRADA,   CUBLASLT_EPILOGUE_BGRADB,
    CUBLASLT_EPILOGUE_DRELU_BGRAD,
};
struct Size {
  int m, n, k;
};
constexpr Size sizes[] = {{65, 43, 21}, {41, 33, 29}, {1, 2, 3}, {130, 5, 2}};

TEST_F(Product, IsRightWithEveryOperationAndEpilogue) {
  for (const Size& size : sizes) {
    for (const cublasLtEpilogue_t epilogue : epilogues) {
      for (const int operations : {0, 1, 2, 3}) {
        expect_product({.m = size.m,
                        .n = size.n,
                        .k = size.k,
                        .transpose_a = (operations & 1) != 0,
                        .transpose_b = (operations & 2) != 0,
                        .epilogue = epilogue,
                        .gap = operations},
                       1, 0);
      }
    }
  }
}

TEST_F(Product, IsScaledAndAddedToWhatWasThere) {
  for (const cublasLtEpilogue_t epilogue : epilogues) {
    for (const auto& [alpha, beta] : {std::pair{-2.F, 0.F}, {0.5F, 1.F}, {1.F, -3.F}})
      expect_product({.m = 41, .n = 33, .k = 29, .epilogue = epilogue, .gap = 3}, alpha, beta);
  }
}

TEST_F(Product, OfTheReferenceJobIsRightInFloatPrecision) {
  const Spec spec{.m = 700, .n = 128, .k = 784, .gap = 4};
  Oracle oracle(spec, 1, 0, reals(3));
  oracle.compute({}, exactly);
  ProductCase product(spec);
  expect_d(oracle, make(product, oracle, nullptr, OnDevice<float>(oracle.vector)), 1e-6);
}

// ---- TF32

bool has_tf32() {
  int major = 0;
  EXPECT_EQ(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0), cudaSuccess);
  return major >= 8;
}

// 10 bits behind the point, ties away from zero.
double to_tf32(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // 0.5 .. 1
  return std::ldexp(std::round(std::ldexp(fraction, 11)), exponent - 11);
}

TEST_F(Product, WithTf32RoundsItsFactors) {
  if (!has_tf32()) GTEST_SKIP() << "no TF32 before compute capability 8.0";
  const Spec spec{.m = 65, .n = 43, .k = 21, .compute = CUBLAS_COMPUTE_32F_FAST_TF32, .gap = 3};
  Oracle oracle(spec, 1, 0, reals(4));
  oracle.compute({}, to_tf32);
  ProductCase product(spec);
  const HostMatrix d = make(product, oracle, nullptr, OnDevice<float>(oracle.vector));
  // Elsewhere factors may be cut instead of rounded.
  expect_d(oracle, d, on_double() ? 3e-6 : 2e-3);

  oracle.compute({}, exactly);
  double furthest = 0;
  for (int j = 0; j < d.cols; ++j) {
    for (int i = 0; i < d.rows; ++i) {
      const int e = oracle.at(i, j);
      furthest =
          std::max(furthest, std::abs(static_cast<double>(d(i, j)) - oracle.d[e]) / oracle.magnitude[e]);
    }
  }
  EXPECT_GT(furthest, 2e-5) << "as exact as float";
  EXPECT_LT(furthest, 2e-3);
}

TEST_F(Product, WithTf32RoundsTiesAwayFromZero) {
  if (!on_double()) GTEST_SKIP() << "how cuBLASLt rounds is not documented";
  const float tie = 1 + std::ldexp(1.F, -11), below = std::nextafter(tie, 0.F);
  const float up = 1 + std::ldexp(1.F, -10);
  const Spec spec{.m = 1, .n = 6, .k = 1, .compute = CUBLAS_COMPUTE_32F_FAST_TF32};
  Oracle oracle(spec, 1, 0, [] { return 1.F; });
  oracle.b.data = {tie, -tie, below, -below, std::numeric_limits<float>::infinity(), std::nanf("")};
  ProductCase product(spec);
  const HostMatrix d = make(product, oracle, nullptr, OnDevice<float>(oracle.vector));
  EXPECT_EQ(std::vector<float>(d.data.begin(), d.data.begin() + 5),
            (std::vector<float>{up, -up, 1, -1, std::numeric_limits<float>::infinity()}));
  EXPECT_TRUE(std::isnan(d(0, 5)));
}

TEST_F(Product, WithPedanticOrFloatSumsDoesNotRoundItsFactors) {
  for (const cublasComputeType_t compute : {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_PEDANTIC}) {
    const Spec spec{.m = 65, .n = 43, .k = 21, .compute = compute};
    Oracle oracle(spec, 1, 0, reals(4));
    oracle.compute({}, exactly);
    ProductCase product(spec);
    expect_d(oracle, make(product, oracle, nullptr, OnDevice<float>(oracle.vector)), 3e-6);
  }
}

}  // namespace
}  // namespace duet::cuda_double
