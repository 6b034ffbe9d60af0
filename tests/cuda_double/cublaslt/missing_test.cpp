// What the double can be told to have no algorithm for.
#include <cstdlib>
#include <set>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

constexpr Spec spec{.m = 64, .n = 48, .k = 100};

class MissingAlgorithms : public testing::Test {
 protected:
  void SetUp() override {
    if (!on_double()) GTEST_SKIP() << "of the double";
  }
  void TearDown() override {
    unsetenv("DUET_DOUBLE_CUBLASLT");
    EXPECT_EQ(reports(), "");
  }
};

int proposed(const Spec& of, const char* without, cublasStatus_t expected) {
  setenv("DUET_DOUBLE_CUBLASLT", without, 1);
  ProductCase product(of);
  product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{128});
  std::vector<cublasLtMatmulHeuristicResult_t> all;
  EXPECT_EQ(product.propose(4, all), expected) << without;
  return static_cast<int>(all.size());
}

TEST_F(MissingAlgorithms, AreThoseThatTheWordsName) {
  struct Rung {
    const char* words;
    std::set<cublasLtEpilogue_t> lacking;
  };
  const cublasLtEpilogue_t all[] = {
      CUBLASLT_EPILOGUE_DEFAULT,     CUBLASLT_EPILOGUE_RELU,          CUBLASLT_EPILOGUE_BIAS,
      CUBLASLT_EPILOGUE_RELU_BIAS,   CUBLASLT_EPILOGUE_RELU_AUX_BIAS, CUBLASLT_EPILOGUE_DRELU,
      CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA,        CUBLASLT_EPILOGUE_BGRADB};
  const std::set<cublasLtEpilogue_t> with_mask = {CUBLASLT_EPILOGUE_RELU_AUX_BIAS, CUBLASLT_EPILOGUE_DRELU,
                                                  CUBLASLT_EPILOGUE_DRELU_BGRAD};
  const std::set<cublasLtEpilogue_t> with_gradient = {CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA,
                                                      CUBLASLT_EPILOGUE_BGRADB};
  const std::set<cublasLtEpilogue_t> with_bias = {CUBLASLT_EPILOGUE_BIAS, CUBLASLT_EPILOGUE_RELU_BIAS,
                                                  CUBLASLT_EPILOGUE_RELU_AUX_BIAS};
  std::set<cublasLtEpilogue_t> gradient_or_bias = with_gradient;
  gradient_or_bias.insert(with_bias.begin(), with_bias.end());
  const Rung rungs[] = {{"", {}},
                        {"no-aux", with_mask},
                        {"no-bgrad", with_gradient},
                        {"no-bias", with_bias},
                        {"no-bgrad,no-bias", gradient_or_bias},
                        {"no-epilogue", {std::begin(all) + 1, std::end(all)}}};
  for (const Rung& rung : rungs) {
    for (const cublasLtEpilogue_t epilogue : all) {
      const bool lacks = rung.lacking.count(epilogue) != 0;
      const Spec of{.m = spec.m,
                    .n = spec.n,
                    .k = spec.k,
                    .transpose_b = epilogue == CUBLASLT_EPILOGUE_BGRADB,
                    .epilogue = epilogue};
      EXPECT_EQ(proposed(of, rung.words, lacks ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_SUCCESS),
                lacks ? 0 : 4)
          << rung.words << ", epilogue " << epilogue;
    }
  }
  Spec tf32 = spec;
  tf32.compute = CUBLAS_COMPUTE_32F_FAST_TF32;
  EXPECT_EQ(proposed(tf32, "no-tf32", CUBLAS_STATUS_NOT_SUPPORTED), 0);
  EXPECT_EQ(proposed(spec, "no-tf32", CUBLAS_STATUS_SUCCESS), 4);
  EXPECT_EQ(proposed(spec, "none", CUBLAS_STATUS_SUCCESS), 0);
}

TEST_F(MissingAlgorithms, AreNotNamedByAWordThatIsNotKnown) {
  EXPECT_EQ(proposed(spec, "no-such-thing", CUBLAS_STATUS_SUCCESS), 4);
  EXPECT_EQ(reports(), "unsupported: DUET_DOUBLE_CUBLASLT: no-such-thing\n");
}

}  // namespace
}  // namespace duet::cuda_double
