// Values of products, with every epilogue, against sums in double precision.
#include <cmath>
#include <limits>
#include <random>

#include "tests/cuda_double/cublaslt/product_oracle.h"

namespace duet::cuda_double {
namespace {

double exactly(double value) { return value; }

// Small integers: sums are exact in any order, and with TF32.
auto integers(unsigned seed) {
  return [random = std::mt19937(seed)]() mutable {
    return static_cast<float>(static_cast<int>(random() % 7) - 3);
  };
}
// So are these, and sums of an odd number of their products are not zero, where a mask's bit may be anything.
auto odd_integers(unsigned seed) {
  return [random = std::mt19937(seed)]() mutable {
    return static_cast<float>(2 * static_cast<int>(random() % 4) - 3);
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
  if (has_vector(oracle.spec.epilogue)) product.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, vector.data());
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
    Oracle first(forward, 1, 0, odd_integers(2));
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

// Sums of a factor's elements are made where that factor lies along the sum: an H100 had no algorithm for
// others.
bool is_made(const Spec& spec) {
  return !(has(spec.epilogue, sums_of_a) && spec.transpose_a) &&
         !(has(spec.epilogue, sums_of_b) && !spec.transpose_b);
}

TEST_F(Product, IsRightWithEveryOperationAndEpilogue) {
  for (const Size& size : sizes) {
    for (const cublasLtEpilogue_t epilogue : epilogues) {
      for (const int operations : {0, 1, 2, 3}) {
        const Spec spec{.m = size.m,
                        .n = size.n,
                        .k = size.k,
                        .transpose_a = (operations & 1) != 0,
                        .transpose_b = (operations & 2) != 0,
                        .epilogue = epilogue,
                        .gap = operations};
        if (is_made(spec)) {
          expect_product(spec, 1, 0);
        } else {
          std::vector<cublasLtMatmulHeuristicResult_t> none;
          EXPECT_EQ(ProductCase(spec).propose(1, none), CUBLAS_STATUS_NOT_SUPPORTED)
              << epilogue << ", " << operations;
        }
      }
    }
  }
}

TEST_F(Product, IsScaledAndAddedToWhatWasThere) {
  for (const cublasLtEpilogue_t epilogue : epilogues) {
    for (const auto& [alpha, beta] : {std::pair{-2.F, 0.F}, {0.5F, 1.F}, {1.F, -3.F}})
      expect_product({.m = 41,
                      .n = 33,
                      .k = 29,
                      .transpose_b = has(epilogue, sums_of_b),
                      .epilogue = epilogue,
                      .gap = 3},
                     alpha, beta);
  }
}

TEST_F(Product, OfTheReferenceJobIsRightInFloatPrecision) {
  const Spec spec{.m = 700, .n = 128, .k = 784, .gap = 4};
  Oracle oracle(spec, 1, 0, reals(3));
  oracle.compute({}, exactly);
  ProductCase product(spec);
  expect_d(oracle, make(product, oracle, nullptr, OnDevice<float>(oracle.vector)), 1e-6);
}

// What is nothing's, or not a number, is as the double has it: not documented.
TEST_F(Product, OfTheDoubleLetsNoGradientThroughAZeroAndKeepsWhatIsNotANumber) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  const Spec forward{.m = 3, .n = 2, .k = 2, .epilogue = CUBLASLT_EPILOGUE_RELU_AUX};
  const Spec backward{.m = 3, .n = 2, .k = 2, .epilogue = CUBLASLT_EPILOGUE_DRELU};
  const Mask bits(3, 2);
  Oracle first(forward, 1, 0, [] { return 0.F; });
  first.a(1, 0) = std::nanf("");
  const OnDevice<float> nothing(first.vector);
  ProductCase product(forward), gradient(backward);
  const HostMatrix z = make(product, first, &bits, nothing);
  const HostMatrix d = make(gradient, Oracle(backward, 1, 0, [] { return 1.F; }), &bits, nothing);
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(std::isnan(z(i, j)), i == 1);
      EXPECT_EQ(d(i, j), 0);
    }
  }
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

bool rounds_to_tf32(const cublasLtMatmulAlgo_t& algorithm) {
  std::uint64_t flags = 0;
  EXPECT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS, &flags,
                                              sizeof flags, nullptr),
            CUBLAS_STATUS_SUCCESS);
  return (flags & CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32) != 0;
}

TEST_F(Product, WithTf32RoundsItsFactors) {
  if (!has_tf32()) GTEST_SKIP() << "no TF32 before compute capability 8.0";
  const Spec spec{.m = 65, .n = 43, .k = 21, .compute = CUBLAS_COMPUTE_32F_FAST_TF32, .gap = 3};
  Oracle oracle(spec, 1, 0, reals(4));
  oracle.compute({}, to_tf32);
  ProductCase product(spec);
  const HostMatrix d = make(product, oracle, nullptr, OnDevice<float>(oracle.vector));
  if (!rounds_to_tf32(product.algorithm)) {  // it is allowed, and no more than that
    EXPECT_FALSE(on_double());
    oracle.compute({}, exactly);
    return expect_d(oracle, d, 3e-6);
  }
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
