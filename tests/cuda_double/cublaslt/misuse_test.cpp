// Mistakes that the double must find when cublasLtMatmul is called, each planted, and what resembles them and
// is right.
#include "tests/cuda_double/cublaslt/small_product.h"

namespace duet::cuda_double {
namespace {

void expect_refused(Small& small, const std::string& text,
                    cublasStatus_t expected = CUBLAS_STATUS_INVALID_VALUE) {
  EXPECT_EQ(small.start(), expected) << text;
  const std::string found = reports();
  EXPECT_EQ(found.rfind("misuse: cublasLtMatmul", 0), 0) << found;
  EXPECT_NE(found.find(text), std::string::npos) << found;
  EXPECT_EQ(cudaStreamSynchronize(small.product.stream), cudaSuccess);
  EXPECT_EQ(small.d.values(), std::vector<float>(Small::m * Small::n, 1)) << "it has run";
}

TEST_F(Misuse, NothingIsFoundInWhatIsRight) {
  for (const auto epilogue : {CUBLASLT_EPILOGUE_DEFAULT, CUBLASLT_EPILOGUE_RELU_AUX_BIAS,
                              CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA}) {
    Small small(epilogue);
    expect_runs(small);
    small.beta = 1;
    expect_runs(small);
  }
}

TEST_F(Misuse, NullsAreFound) {
  const auto null = [](cublasLtEpilogue_t epilogue, const std::string& name, auto change) {
    Small small(epilogue);
    change(small);
    expect_refused(small, name + " is null");
  };
  null(CUBLASLT_EPILOGUE_DEFAULT, "A", [](Small& small) { small.at_a = nullptr; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "B", [](Small& small) { small.at_b = nullptr; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "D", [](Small& small) { small.at_d = nullptr; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "C", [](Small& small) { small.at_c = nullptr, small.beta = 1; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "the workspace", [](Small& small) { small.workspace = nullptr; });
  float* const none = nullptr;
  for (const auto epilogue :
       {CUBLASLT_EPILOGUE_BIAS, CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA})
    null(epilogue, "the vector behind the bias pointer",
         [&](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, none); });
  for (const auto epilogue : {CUBLASLT_EPILOGUE_RELU_AUX, CUBLASLT_EPILOGUE_DRELU})
    null(epilogue, "the mask",
         [&](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, none); });
}

TEST_F(Misuse, AWorkspaceThatIsTooSmallOrNotAlignedIsFound) {
  Small small;
  ASSERT_GT(small.product.workspace_needed, 0);
  small.workspace = small.product.workspace.data() + 128;
  expect_refused(small, "which is not a multiple of 256");
  small.workspace = small.product.workspace.data();
  small.product.workspace_needed -= 1;
  expect_refused(small, "bytes of workspace, of which");
}

TEST_F(Misuse, AMaskThatBecameTooNarrowIsFound) {
  Small small(CUBLASLT_EPILOGUE_RELU_AUX);
  small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{64});
  expect_refused(small, "64 bits from column to column of the mask");
}

TEST_F(Misuse, WhatOverlapsWhatIsWrittenIsFound) {
  const auto overlapping = [](cublasLtEpilogue_t epilogue, const std::string& names, auto change) {
    Small small(epilogue);
    change(small);
    expect_refused(small, names + " overlap");
  };
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "A and D", [](Small& small) { small.at_a = small.at_d; });
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "B and D", [](Small& small) { small.at_b = small.at_d + 124; });
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "D and C", [](Small& small) {
    small.at_c = small.at_d + 4;
    small.beta = 1;
  });
  overlapping(CUBLASLT_EPILOGUE_BIAS, "D and the vector behind the bias pointer",
              [](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, small.at_d); });
  overlapping(CUBLASLT_EPILOGUE_BGRADA, "A and the vector behind the bias pointer",
              [](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, small.at_a); });
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "B and the workspace",
              [](Small& small) { small.at_b = reinterpret_cast<float*>(small.workspace); });
  Small small;  // which is not read
  small.at_c = small.at_d + 4;
  expect_runs(small);
}

TEST_F(Misuse, PartsOfOneMatrixDoNotOverlap) {
  ProductCase product({.m = 16, .n = 12, .k = 12, .gap = 16});
  const OnDevice<float> both(std::vector<float>(32 * 12, 1)), b(std::vector<float>(28 * 12, 1));
  Small::promise(product, 16);
  product.choose();
  float* const upper = both.data();
  EXPECT_EQ(
      product.start(1, upper, b.data(), 0, upper + 16, upper + 16, product.workspace.data(), product.stream),
      CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(product.stream), cudaSuccess);
  EXPECT_EQ(
      product.start(1, upper, b.data(), 0, upper + 12, upper + 12, product.workspace.data(), product.stream),
      CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_NE(reports().find("A and D overlap"), std::string::npos);
}

TEST_F(Misuse, LessAlignmentThanTheAlgorithmNeedsIsFound) {
  Small small;
  const OnDevice<float> more(std::vector<float>(Small::m * Small::k + 64, 1));
  const cublasLtMatmulAlgo_t proposed = small.product.algorithm;
  int id = 0;
  ASSERT_EQ(cublasLtMatmulAlgoConfigGetAttribute(&proposed, CUBLASLT_ALGO_CONFIG_ID, &id, sizeof id, nullptr),
            CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(cublasLtMatmulAlgoInit(small.product.library, CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_32F,
                                   CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, id, &small.product.algorithm),
            CUBLAS_STATUS_SUCCESS);
  small.at_a = more.data() + 2;  // nothing was promised, but 16 are needed
  expect_refused(small, "A at 0x", CUBLAS_STATUS_NOT_SUPPORTED);
  small.at_a = more.data() + 32;
  expect_runs(small);
}

TEST_F(Misuse, LessAlignmentThanWasPromisedIsFoundWhateverTheAlgorithmNeeds) {
  Small small;
  const OnDevice<float> more(std::vector<float>(Small::m * Small::k + 64, 1));
  small.promise(small.product, 256);
  small.product.choose();
  small.at_a = more.data() + 32;
  expect_refused(small, "A at 0x", CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_F(Misuse, AnAlgorithmOfAnotherProblemOrOfNobodyIsFound) {
  Small small;
  const Small other(CUBLASLT_EPILOGUE_RELU);
  small.product.algorithm = other.product.algorithm;
  expect_refused(small, "was chosen for another problem than 16 x 8 x 12");
  small.product.choose();
  small.product.algorithm.data[0] ^= 1;
  expect_refused(small, "not one of this library's");
  small.product.algorithm = {};
  expect_refused(small, "not one of this library's");
}

TEST_F(Misuse, HandlesThatWereGivenBackAreFound) {
  Small small;
  EXPECT_EQ(cublasLtMatmulDescDestroy(small.product.what), CUBLAS_STATUS_SUCCESS);
  expect_refused(small, "is no living descriptor");
  EXPECT_EQ(cublasLtMatmulDescDestroy(small.product.what), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_NE(reports().find("misuse: cublasLtMatmulDescDestroy"), std::string::npos);
  small.product.what = nullptr;
  EXPECT_EQ(cublasLtDestroy(small.product.library), CUBLAS_STATUS_SUCCESS);
  expect_refused(small, "is no living handle", CUBLAS_STATUS_NOT_INITIALIZED);
  ASSERT_EQ(cublasLtCreate(&small.product.library), CUBLAS_STATUS_SUCCESS);
}

TEST_F(Misuse, HandlesAreCounted) {
  const auto living = [] { return Double::here()->counters().living_handles; };
  const auto before = living();
  {
    const ProductCase product({.m = 16, .n = 8, .k = 12});
    EXPECT_EQ(living(), before + 7) << "a stream, a library, a description, three layouts, a preference";
  }
  EXPECT_EQ(living(), before);
}

TEST_F(Misuse, CallsCanBeMadeToFail) {
  Small small;
  for (int call = 1; call <= 3; ++call) {
    Double::here()->fail_at(static_cast<std::uint64_t>(call));
    std::vector<cublasLtMatmulHeuristicResult_t> proposed;
    EXPECT_EQ(small.product.set(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N) == CUBLAS_STATUS_SUCCESS,
              call != 1);
    EXPECT_EQ(small.product.propose(1, proposed) == CUBLAS_STATUS_SUCCESS, call != 2);
    EXPECT_EQ(small.start() == CUBLAS_STATUS_SUCCESS, call != 3);
    EXPECT_TRUE(Double::here()->has_failed());
  }
  EXPECT_EQ(cudaStreamSynchronize(small.product.stream), cudaSuccess);
}

}  // namespace
}  // namespace duet::cuda_double
