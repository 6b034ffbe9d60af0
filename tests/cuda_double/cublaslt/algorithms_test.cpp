// What cuBLASLt proposes for a product, and what becomes of a product by each proposal.
#include <cmath>
#include <cstdlib>
#include <set>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

using Proposals = std::vector<cublasLtMatmulHeuristicResult_t>;

template <class T>
T configured(const cublasLtMatmulAlgo_t& algorithm, cublasLtMatmulAlgoConfigAttributes_t name) {
  T value = 0;
  EXPECT_EQ(cublasLtMatmulAlgoConfigGetAttribute(&algorithm, name, &value, sizeof value, nullptr),
            CUBLAS_STATUS_SUCCESS);
  return value;
}
template <class T>
T capable(const cublasLtMatmulAlgo_t& algorithm, cublasLtMatmulAlgoCapAttributes_t name) {
  T value = 0;
  EXPECT_EQ(cublasLtMatmulAlgoCapGetAttribute(&algorithm, name, &value, sizeof value, nullptr),
            CUBLAS_STATUS_SUCCESS);
  return value;
}
int id_of(const cublasLtMatmulHeuristicResult_t& proposal) {
  return configured<std::int32_t>(proposal.algo, CUBLASLT_ALGO_CONFIG_ID);
}

std::uint32_t reduction_of(const cublasLtMatmulHeuristicResult_t& proposal) {
  return configured<std::uint32_t>(proposal.algo, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME);
}

Proposals proposals(ProductCase& product, int wanted = 32) {
  Proposals all;
  EXPECT_EQ(product.propose(wanted, all), CUBLAS_STATUS_SUCCESS);
  for (const auto& one : all) EXPECT_EQ(one.state, CUBLAS_STATUS_SUCCESS);
  return all;
}

std::vector<int> ids(const Proposals& all) {
  std::vector<int> result;
  for (const auto& one : all) result.push_back(id_of(one));
  return result;
}

// A product by one proposal, of factors that are the same for all.
std::vector<float> result_of(ProductCase& product, const cublasLtMatmulHeuristicResult_t& proposal) {
  const Spec& spec = product.spec;
  const auto waves = [](int count) {
    std::vector<float> values(count);
    for (int i = 0; i < count; ++i) values[i] = std::sin(static_cast<float>(i));
    return values;
  };
  const OnDevice<float> a(waves(spec.m * spec.k)), b(waves(spec.k * spec.n)), d(waves(spec.m * spec.n));
  product.algorithm = proposal.algo;
  product.workspace_needed = proposal.workspaceSize;
  EXPECT_EQ(
      product.start(1, a.data(), b.data(), 0, d.data(), d.data(), product.workspace.data(), product.stream),
      CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(product.stream), cudaSuccess);
  return d.values();
}

class Algorithms : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_device()) GTEST_SKIP() << "no device";
  }
  void TearDown() override { EXPECT_EQ(reports(), ""); }
};

constexpr Spec spec{.m = 64, .n = 48, .k = 100};

TEST_F(Algorithms, AreProposedInAFixedOrderAndNoMoreThanAskedFor) {
  ProductCase product(spec);
  const Proposals all = proposals(product);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(ids(proposals(product)), ids(all));
  EXPECT_EQ(ids(proposals(product, 1)), std::vector<int>{id_of(all[0])});
  if (!on_double()) return;
  const std::vector<int> different = ids(all);
  EXPECT_EQ(std::set<int>(different.begin(), different.end()).size(), 4);
  EXPECT_EQ(ids(proposals(product, 2)), std::vector<int>(different.begin(), different.begin() + 2));
}

TEST_F(Algorithms, GiveTheSameBitsEveryTimeAndTheDoublesShowWhichItWas) {
  for (const cublasComputeType_t compute : {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32}) {
    ProductCase product({.m = spec.m, .n = spec.n, .k = spec.k, .compute = compute});
    std::set<std::vector<float>> results;
    for (const auto& proposal : proposals(product)) {
      if (reduction_of(proposal) == CUBLASLT_REDUCTION_SCHEME_INPLACE) continue;  // in any order
      const std::vector<float> result = result_of(product, proposal);
      EXPECT_EQ(result_of(product, proposal), result);
      results.insert(result);
      const std::vector<float>& first = *results.begin();
      for (std::size_t e = 0; e < result.size(); ++e) ASSERT_NEAR(result[e], first[e], 1e-2);
    }
    if (on_double()) { EXPECT_EQ(results.size(), 3); }
  }
}

TEST_F(Algorithms, NeedNoMoreWorkspaceThanTheyMayHave) {
  ProductCase product(spec);
  std::size_t most = 0;
  for (const std::uint64_t limit : {0, 16 << 10, 64 << 10}) {
    product.wish(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, limit);
    const Proposals all = proposals(product);
    EXPECT_FALSE(all.empty());
    for (const auto& one : all) {
      EXPECT_LE(one.workspaceSize, limit);
      most = std::max(most, one.workspaceSize);
      result_of(product, one);
    }
    if (on_double()) { EXPECT_EQ(all.size(), limit == 0 ? 1 : limit == 16 << 10 ? 3 : 4); }
  }
  if (on_double()) { EXPECT_EQ(most, 4 * spec.m * spec.n * sizeof(float)) << "four parts of the sums"; }
}

TEST_F(Algorithms, DoNotSplitSumsWhereNoReductionIsAllowed) {
  ProductCase product(spec);
  product.wish(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_NONE});
  const Proposals all = proposals(product);
  EXPECT_FALSE(all.empty());
  for (const auto& one : all) {
    EXPECT_EQ(configured<std::int32_t>(one.algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM), 1);
    EXPECT_EQ(reduction_of(one), CUBLASLT_REDUCTION_SCHEME_NONE);
  }
}

// Few tiles and a long k, as the forward products of the reference job have. Parts that lie in workspace are
// added in one order, so the bits stay the same.
constexpr Spec long_sums{.m = 64, .n = 48, .k = 784};

TEST_F(Algorithms, SplitLongSumsAndReduceThemAsIsAllowed) {
  ProductCase product(long_sums);
  product.wish(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
               std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE});
  const Proposals all = proposals(product);
  ASSERT_FALSE(all.empty());
  if (on_double()) { EXPECT_EQ(reduction_of(all[0]), CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE); }
  for (const auto& one : all) {
    EXPECT_NE(reduction_of(one), CUBLASLT_REDUCTION_SCHEME_INPLACE);
    if (reduction_of(one) != CUBLASLT_REDUCTION_SCHEME_NONE) { EXPECT_GT(one.workspaceSize, 0); }
    EXPECT_EQ(result_of(product, one), result_of(product, one));
  }
}

TEST_F(Algorithms, ThatSumInPlaceShowThatTheirOrderIsNobodys) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  ProductCase product(long_sums);
  product.wish(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_INPLACE});
  const Proposals all = proposals(product);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(reduction_of(all[0]), CUBLASLT_REDUCTION_SCHEME_INPLACE);
  EXPECT_NE(result_of(product, all[0]), result_of(product, all[0]));
}

TEST_F(Algorithms, WorkWithTheAlignmentThatIsPromised) {
  for (const auto name :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    ProductCase product(spec);
    product.wish(name, std::uint32_t{4});
    const auto needed = static_cast<cublasLtMatmulAlgoCapAttributes_t>(
        CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_A_BYTES + (name - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES));
    const Proposals all = proposals(product);
    EXPECT_FALSE(all.empty());
    for (const auto& one : all) EXPECT_LE(capable<std::uint32_t>(one.algo, needed), 4);
  }
}

TEST_F(Algorithms, WorkWithColumnsOfAnyLength) {
  ProductCase product({.m = 63, .n = 47, .k = 101});
  const Proposals all = proposals(product);
  ASSERT_FALSE(all.empty());
  for (const auto& one : all)
    EXPECT_LE(capable<std::uint32_t>(one.algo, CUBLASLT_ALGO_CAP_MIN_ALIGNMENT_A_BYTES), 4);
}

TEST_F(Algorithms, SayWhatTheyDoToFactors) {
  for (const cublasComputeType_t compute : {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_PEDANTIC}) {
    ProductCase product({.m = spec.m, .n = spec.n, .k = spec.k, .compute = compute});
    for (const auto& one : proposals(product)) {
      const auto flags = capable<std::uint64_t>(one.algo, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS);
      EXPECT_EQ(flags & CUBLASLT_NUMERICAL_IMPL_FLAGS_OP_INPUT_TYPE_MASK,
                CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_32F);
    }
  }
  if (!on_double()) return;  // which may take float's for FAST_TF32
  ProductCase product({.m = spec.m, .n = spec.n, .k = spec.k, .compute = CUBLAS_COMPUTE_32F_FAST_TF32});
  for (const auto& one : proposals(product)) {
    EXPECT_NE(capable<std::uint64_t>(one.algo, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS) &
                  CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32,
              0);
  }
  product.wish(CUBLASLT_MATMUL_PREF_IMPL_MASK, std::uint64_t{CUBLASLT_NUMERICAL_IMPL_FLAGS_FMA});
  EXPECT_TRUE(proposals(product).empty());
}

TEST_F(Algorithms, TellTheirAttributesInTheDocumentedSizes) {
  ProductCase product(spec);
  product.choose();
  for (int name = CUBLASLT_ALGO_CONFIG_ID; name <= CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID; ++name) {
    const bool narrow =
        name == CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID || name == CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID;
    std::size_t bytes = 0;
    EXPECT_EQ(
        cublasLtMatmulAlgoConfigGetAttribute(
            &product.algorithm, static_cast<cublasLtMatmulAlgoConfigAttributes_t>(name), nullptr, 0, &bytes),
        CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(bytes, narrow ? 2 : 4) << name;
  }
  EXPECT_NE(configured<std::uint32_t>(product.algorithm, CUBLASLT_ALGO_CONFIG_TILE_ID),
            CUBLASLT_MATMUL_TILE_UNDEFINED);
  const auto epilogues = capable<std::uint32_t>(product.algorithm, CUBLASLT_ALGO_CAP_EPILOGUE_MASK);
  EXPECT_EQ(epilogues & CUBLASLT_EPILOGUE_RELU_BIAS, CUBLASLT_EPILOGUE_RELU_BIAS);
}

TEST_F(Algorithms, CanBeTakenByTheirIdsAndAreCheckedForTheProblem) {
  ProductCase product(spec);
  int found = 0, all[64];
  ASSERT_EQ(cublasLtMatmulAlgoGetIds(product.library, spec.compute, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F,
                                     CUDA_R_32F, CUDA_R_32F, 64, all, &found),
            CUBLAS_STATUS_SUCCESS);
  ASSERT_GT(found, 0);
  int usable = 0;
  for (int i = 0; i < found; ++i) {
    cublasLtMatmulHeuristicResult_t checked{};
    ASSERT_EQ(cublasLtMatmulAlgoInit(product.library, spec.compute, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F,
                                     CUDA_R_32F, CUDA_R_32F, all[i], &checked.algo),
              CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(configured<std::int32_t>(checked.algo, CUBLASLT_ALGO_CONFIG_ID), all[i]);
    if (cublasLtMatmulAlgoCheck(product.library, product.what, product.a, product.b, product.d, product.d,
                                &checked.algo, &checked) != CUBLAS_STATUS_SUCCESS)
      continue;  // a GPU's may want to be configured first
    ++usable;
    EXPECT_GE(checked.wavesCount, 0);
    result_of(product, checked);
  }
  if (on_double()) { EXPECT_EQ(usable, found); }
}

TEST_F(Algorithms, WereChosenForOneProblemOnly) {
  ProductCase chosen(spec);
  chosen.choose();
  const auto status_for = [&](const Spec& other) {
    ProductCase product(other);
    cublasLtMatmulHeuristicResult_t result{};
    return cublasLtMatmulAlgoCheck(product.library, product.what, product.a, product.b, product.d, product.d,
                                   &chosen.algorithm, &result);
  };
  EXPECT_EQ(status_for(spec), CUBLAS_STATUS_SUCCESS);
  if (!on_double()) return;  // cuBLASLt lets an algorithm serve other sizes, too
  const Spec others[] = {{.m = 63, .n = 48, .k = 100},
                         {.m = 64, .n = 48, .k = 100, .transpose_a = true},
                         {.m = 64, .n = 48, .k = 100, .epilogue = CUBLASLT_EPILOGUE_BIAS},
                         {.m = 64, .n = 48, .k = 100, .compute = CUBLAS_COMPUTE_32F_FAST_TF32},
                         {.m = 64, .n = 48, .k = 100, .gap = 4}};
  for (const Spec& other : others) {
    EXPECT_EQ(status_for(other), CUBLAS_STATUS_INVALID_VALUE);
    EXPECT_NE(reports().find("was chosen for another problem"), std::string::npos);
  }
}

TEST_F(Algorithms, AreForOneKindOfFactor) {
  if (!on_double()) GTEST_SKIP() << "which algorithms a GPU has is not documented";
  constexpr auto with_tf32 = CUBLAS_COMPUTE_32F_FAST_TF32;
  ProductCase product(spec);
  int id = 0, found = 0;
  ASSERT_EQ(cublasLtMatmulAlgoGetIds(product.library, with_tf32, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F,
                                     CUDA_R_32F, CUDA_R_32F, 1, &id, &found),
            CUBLAS_STATUS_SUCCESS);
  cublasLtMatmulHeuristicResult_t result{};
  const auto take = [&](cublasComputeType_t compute) {
    return cublasLtMatmulAlgoInit(product.library, compute, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F,
                                  CUDA_R_32F, id, &result.algo);
  };
  EXPECT_EQ(take(CUBLAS_COMPUTE_32F), CUBLAS_STATUS_NOT_SUPPORTED);
  ASSERT_EQ(take(with_tf32), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtMatmulAlgoCheck(product.library, product.what, product.a, product.b, product.d, product.d,
                                    &result.algo, &result),
            CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_NE(reports().find("was chosen for another problem"), std::string::npos);
}

TEST_F(Algorithms, ForAGradientThroughReluMayBeOfASingleProduct) {
  ProductCase product({.m = 64, .n = 48, .k = 1, .epilogue = CUBLASLT_EPILOGUE_DRELU});
  product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{128});
  Proposals all;
  EXPECT_EQ(product.propose(4, all), CUBLAS_STATUS_SUCCESS);
}

// In a process of its own: what the double plays is settled by its first call.
void tf32_on_turing() {
  setenv("DUET_DOUBLE_ARCH", "75", 1);
  ProductCase product({.m = spec.m, .n = spec.n, .k = spec.k, .compute = CUBLAS_COMPUTE_32F_FAST_TF32});
  int floats = 0;
  for (const auto& one : proposals(product)) {
    floats += (capable<std::uint64_t>(one.algo, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS) &
               CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_32F) != 0;
  }
  std::exit(floats == 4 ? 0 : 1);
}
TEST(AlgorithmsDeathTest, OfTuringKnowNoTf32) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(tf32_on_turing(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace duet::cuda_double
