// What cuBLASLt refuses, with which answer. Most of it needs no device: it holds for the library itself
// wherever it is installed. On the double, each refusal is a report as well.
#include <algorithm>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

// Reports of the double since the last call, of which there must be one with this in it.
void expect_report(const std::string& text) {
  if (!on_double()) return;
  const std::string found = reports();
  EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 1) << found;
  EXPECT_NE(found.find(text), std::string::npos) << found;
}
void expect_refused(cublasStatus_t status, const std::string& text) {
  EXPECT_EQ(status, CUBLAS_STATUS_INVALID_VALUE) << text;
  expect_report(text);
}

class Refusals : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(reports(), ""); }
};

TEST_F(Refusals, OfAttributesThatHaveAnotherSize) {
  cublasLtMatmulDesc_t what = nullptr;
  ASSERT_EQ(cublasLtMatmulDescCreate(&what, CUBLAS_COMPUTE_32F, CUDA_R_32F), CUBLAS_STATUS_SUCCESS);
  const std::int64_t wide = 1;
  const std::int32_t narrow = 1;
  const auto set = [&](cublasLtMatmulDescAttributes_t name, const void* from, std::size_t bytes) {
    return cublasLtMatmulDescSetAttribute(what, name, from, bytes);
  };
  expect_refused(set(CUBLASLT_MATMUL_DESC_TRANSA, &wide, sizeof wide), "has 4 bytes, not 8");
  expect_refused(set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, &narrow, sizeof narrow), "has 8 bytes, not 4");
  expect_refused(set(CUBLASLT_MATMUL_DESC_TRANSA, nullptr, 4), "has 4 bytes");
  expect_refused(cublasLtMatmulDescSetAttribute(nullptr, CUBLASLT_MATMUL_DESC_TRANSA, &narrow, sizeof narrow),
                 "no living descriptor");
  EXPECT_EQ(set(CUBLASLT_MATMUL_DESC_TRANSA, &narrow, sizeof narrow), CUBLAS_STATUS_SUCCESS);

  const auto get = [&](void* to, std::size_t bytes, std::size_t* written) {
    return cublasLtMatmulDescGetAttribute(what, CUBLASLT_MATMUL_DESC_TRANSA, to, bytes, written);
  };
  std::int32_t value = 0;
  std::int64_t wider = 0;
  std::size_t written = 0;
  expect_refused(get(nullptr, 0, nullptr), "has 4 bytes, not 0");
  expect_refused(get(nullptr, 4, &written), "has 4 bytes");
  expect_refused(get(&wider, sizeof wider, &written), "has 4 bytes, not 8");
  EXPECT_EQ(get(nullptr, 0, &written), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(written, 4);
  EXPECT_EQ(get(&value, sizeof value, nullptr), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(value, CUBLAS_OP_T);
  EXPECT_EQ(cublasLtMatmulDescDestroy(what), CUBLAS_STATUS_SUCCESS);
}

TEST_F(Refusals, OfNowhereToPutAHandle) {
  expect_refused(cublasLtCreate(nullptr), "cublasLtCreate");
  expect_refused(cublasLtMatmulDescCreate(nullptr, CUBLAS_COMPUTE_32F, CUDA_R_32F),
                 "cublasLtMatmulDescCreate");
  expect_refused(cublasLtMatrixLayoutCreate(nullptr, CUDA_R_32F, 3, 4, 3), "cublasLtMatrixLayoutCreate");
  expect_refused(cublasLtDestroy(nullptr), "no living handle");
  EXPECT_EQ(cublasLtMatmulDescDestroy(nullptr), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtMatrixLayoutDestroy(nullptr), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtMatmulPreferenceDestroy(nullptr), CUBLAS_STATUS_SUCCESS);
}

template <class T>
T default_of(cublasLtMatmulDesc_t what, cublasLtMatmulDescAttributes_t name) {
  T value{};
  EXPECT_EQ(cublasLtMatmulDescGetAttribute(what, name, &value, sizeof value, nullptr), CUBLAS_STATUS_SUCCESS);
  return value;
}

TEST(Descriptors, BeginWithTheDocumentedValues) {
  cublasLtMatmulDesc_t what = nullptr;
  ASSERT_EQ(cublasLtMatmulDescCreate(&what, CUBLAS_COMPUTE_32F_FAST_TF32, CUDA_R_32F), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(default_of<std::int32_t>(what, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE), CUBLAS_COMPUTE_32F_FAST_TF32);
  EXPECT_EQ(default_of<std::int32_t>(what, CUBLASLT_MATMUL_DESC_SCALE_TYPE), CUDA_R_32F);
  EXPECT_EQ(default_of<std::int32_t>(what, CUBLASLT_MATMUL_DESC_POINTER_MODE), CUBLASLT_POINTER_MODE_HOST);
  EXPECT_EQ(default_of<std::int32_t>(what, CUBLASLT_MATMUL_DESC_TRANSA), CUBLAS_OP_N);
  EXPECT_EQ(default_of<std::int32_t>(what, CUBLASLT_MATMUL_DESC_TRANSB), CUBLAS_OP_N);
  EXPECT_EQ(default_of<std::uint32_t>(what, CUBLASLT_MATMUL_DESC_EPILOGUE), CUBLASLT_EPILOGUE_DEFAULT);
  EXPECT_EQ(default_of<void*>(what, CUBLASLT_MATMUL_DESC_BIAS_POINTER), nullptr);
  EXPECT_EQ(default_of<void*>(what, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER), nullptr);
  EXPECT_EQ(default_of<std::int64_t>(what, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD), 0);
  cublasLtMatmulDescDestroy(what);

  cublasLtMatrixLayout_t layout = nullptr;
  ASSERT_EQ(cublasLtMatrixLayoutCreate(&layout, CUDA_R_32F, 3, 4, 5), CUBLAS_STATUS_SUCCESS);
  std::uint64_t cols = 0;
  std::int64_t ld = 0;
  std::int32_t order = 9;
  cublasLtMatrixLayoutGetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_COLS, &cols, sizeof cols, nullptr);
  cublasLtMatrixLayoutGetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_LD, &ld, sizeof ld, nullptr);
  cublasLtMatrixLayoutGetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_ORDER, &order, sizeof order, nullptr);
  EXPECT_EQ(cols, 4);
  EXPECT_EQ(ld, 5);
  EXPECT_EQ(order, CUBLASLT_ORDER_COL);
  cublasLtMatrixLayoutDestroy(layout);
}

TEST(Statuses, HaveTheLibrarysNames) {
  EXPECT_STREQ(cublasLtGetStatusName(CUBLAS_STATUS_NOT_SUPPORTED), "CUBLAS_STATUS_NOT_SUPPORTED");
  EXPECT_STREQ(cublasLtGetStatusString(CUBLAS_STATUS_INVALID_VALUE),
               "an unsupported value or parameter was passed to the function");
  EXPECT_STREQ(cublasLtGetStatusName(static_cast<cublasStatus_t>(2)), "unrecognized status");
  EXPECT_GE(cublasLtGetVersion(), 130000);
}

TEST_F(Refusals, OfWhatCannotBeMultiplied) {
  if (!on_double()) GTEST_SKIP() << "which of two answers a GPU gives is not documented";
  const auto refused = [](const Spec& spec, cublasLtMatrixLayoutAttribute_t name, std::uint64_t value,
                          const std::string& text) {
    ProductCase product(spec);
    std::vector<cublasLtMatmulHeuristicResult_t> none;
    cublasLtMatrixLayoutSetAttribute(product.b, name, &value, sizeof value);
    expect_refused(product.propose(1, none), text);
  };
  const Spec spec{.m = 6, .n = 5, .k = 4};
  refused(spec, CUBLASLT_MATRIX_LAYOUT_ROWS, 3, "6 x 4 times 3 x 5 cannot be added to 6 x 5");
  refused(spec, CUBLASLT_MATRIX_LAYOUT_COLS, 6, "6 x 4 times 4 x 6");
  refused(spec, CUBLASLT_MATRIX_LAYOUT_ROWS, 0, "B is 0 x 5");
  refused(spec, CUBLASLT_MATRIX_LAYOUT_LD, 3, "with 3 from column to column");
}

TEST_F(Refusals, OfAMaskWhoseColumnsAreNot128BitsOrTooShort) {
  if (!on_double()) GTEST_SKIP() << "which of two answers a GPU gives is not documented";
  ProductCase product({.m = 130, .n = 5, .k = 4, .epilogue = CUBLASLT_EPILOGUE_RELU_AUX});
  std::vector<cublasLtMatmulHeuristicResult_t> proposed;
  for (const std::int64_t ld : {0, 128, 136, 130}) {
    product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, ld);
    expect_refused(product.propose(1, proposed), "bits from column to column of the mask");
  }
  product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{256});
  EXPECT_EQ(product.propose(1, proposed), CUBLAS_STATUS_SUCCESS);
}

// Only when the product starts: an algorithm is proposed.
TEST_F(Refusals, OfABiasForWhichTheEpilogueHasNoUse) {
  if (!has_device()) GTEST_SKIP() << "no device";
  const OnDevice<float> a(std::vector<float>(64 * 64, 1)), b(std::vector<float>(64 * 64, 1)),
      d(std::vector<float>(64 * 64, 9)), bias(std::vector<float>(64, 1));
  const OnDevice<unsigned char> mask(std::vector<unsigned char>(64 * 128 / 8, 0));
  for (const auto epilogue : {CUBLASLT_EPILOGUE_DEFAULT, CUBLASLT_EPILOGUE_RELU_AUX}) {
    ProductCase product({.m = 64, .n = 64, .k = 64, .epilogue = epilogue});
    if (epilogue == CUBLASLT_EPILOGUE_RELU_AUX) {
      product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, mask.data());
      product.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{128});
    }
    product.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias.data());
    product.choose();
    expect_refused(
        product.start(1, a.data(), b.data(), 0, d.data(), d.data(), product.workspace.data(), product.stream),
        "a bias pointer, for which epilogue");
    EXPECT_EQ(cudaStreamSynchronize(product.stream), cudaSuccess);
    EXPECT_EQ(d.values(), std::vector<float>(64 * 64, 9)) << "it has run";
  }
}

// What a machine is settled to be by the first call: so in a process of its own.
TEST(RefusalsDeathTest, OfALibraryWhereThereIsNoDevice) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto create = [] {
    setenv("DUET_DOUBLE_DEVICES", "0", 1);
    cublasLtHandle_t library = nullptr;
    std::exit(cublasLtCreate(&library) == CUBLAS_STATUS_NOT_INITIALIZED ? 0 : 1);
  };
  EXPECT_EXIT(create(), testing::ExitedWithCode(0), "");
}

TEST_F(Refusals, OfNoLibraryAndNoRoom) {
  if (!has_device()) GTEST_SKIP() << "no device";
  ProductCase product({.m = 6, .n = 5, .k = 4});
  cublasLtMatmulHeuristicResult_t result{};
  int found = 0;
  const auto ask = [&](cublasLtHandle_t library, int wanted) {
    return cublasLtMatmulAlgoGetHeuristic(library, product.what, product.a, product.b, product.d, product.d,
                                          product.preference, wanted, &result, &found);
  };
  expect_refused(ask(product.library, 0), "no room for an algorithm");
  EXPECT_EQ(ask(nullptr, 1), CUBLAS_STATUS_NOT_INITIALIZED);
  expect_report("no living handle");
}

// What the double has no loops for is no answer of the library's: it says that it is the double who refuses.
TEST_F(Refusals, OfWhatOnlyTheDoubleDoesNotKnow) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  const auto refused = [](const std::string& text, const auto& change) {
    ProductCase product({.m = 6, .n = 5, .k = 4});
    change(product);
    std::vector<cublasLtMatmulHeuristicResult_t> none;
    EXPECT_EQ(product.propose(1, none), CUBLAS_STATUS_NOT_SUPPORTED);
    expect_report("unsupported: cublasLtMatmulAlgoGetHeuristic: " + text);
  };
  const auto layout = [](cublasLtMatrixLayoutAttribute_t name, std::int32_t value) {
    return [=](ProductCase& product) {
      EXPECT_EQ(cublasLtMatrixLayoutSetAttribute(product.a, name, &value, sizeof value),
                CUBLAS_STATUS_SUCCESS);
    };
  };
  const auto what = [](cublasLtMatmulDescAttributes_t name, std::int32_t value) {
    return [=](ProductCase& product) { product.set(name, value); };
  };
  refused("A in order 1", layout(CUBLASLT_MATRIX_LAYOUT_ORDER, CUBLASLT_ORDER_ROW));
  refused("A of type 2", layout(CUBLASLT_MATRIX_LAYOUT_TYPE, CUDA_R_16F));
  refused("compute type 64", what(CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, CUBLAS_COMPUTE_16F));
  refused("scale type 1", what(CUBLASLT_MATMUL_DESC_SCALE_TYPE, CUDA_R_64F));
  refused("pointer mode 1", what(CUBLASLT_MATMUL_DESC_POINTER_MODE, CUBLASLT_POINTER_MODE_DEVICE));
  refused("operation 2 on A", what(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_C));
  refused("epilogue 32", what(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_GELU));
  refused("search mode 1", [](ProductCase& product) {
    product.wish(CUBLASLT_MATMUL_PREF_SEARCH_MODE, std::uint32_t{CUBLASLT_SEARCH_LIMITED_BY_ALGO_ID});
  });

  ProductCase product({.m = 6, .n = 5, .k = 4});
  EXPECT_EQ(product.set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, std::int8_t{1}), CUBLAS_STATUS_NOT_SUPPORTED);
  expect_report("unsupported: cublasLtMatmulDescSetAttribute: attribute 25");
}

}  // namespace
}  // namespace duet::cuda_double
