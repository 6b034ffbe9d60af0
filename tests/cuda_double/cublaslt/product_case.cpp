#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {

ProductCase::ProductCase(const Spec& of) : spec(of) {
  EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  EXPECT_EQ(cublasLtCreate(&library), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtMatmulDescCreate(&what, spec.compute, CUDA_R_32F), CUBLAS_STATUS_SUCCESS);
  const auto layout = [&](cublasLtMatrixLayout_t* made, int rows, int cols) {
    EXPECT_EQ(cublasLtMatrixLayoutCreate(made, CUDA_R_32F, static_cast<std::uint64_t>(rows),
                                         static_cast<std::uint64_t>(cols), rows + spec.gap),
              CUBLAS_STATUS_SUCCESS);
  };
  layout(&a, spec.transpose_a ? spec.k : spec.m, spec.transpose_a ? spec.m : spec.k);
  layout(&b, spec.transpose_b ? spec.n : spec.k, spec.transpose_b ? spec.k : spec.n);
  layout(&d, spec.m, spec.n);
  set(CUBLASLT_MATMUL_DESC_TRANSA, spec.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(CUBLASLT_MATMUL_DESC_TRANSB, spec.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, spec.epilogue);
  EXPECT_EQ(cublasLtMatmulPreferenceCreate(&preference), CUBLAS_STATUS_SUCCESS);
  wish(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{workspace_bytes});
}

ProductCase::~ProductCase() {
  cublasLtMatmulPreferenceDestroy(preference);
  for (const cublasLtMatrixLayout_t layout : {a, b, d}) cublasLtMatrixLayoutDestroy(layout);
  cublasLtMatmulDescDestroy(what);
  cublasLtDestroy(library);
  cudaStreamDestroy(stream);
}

cublasStatus_t ProductCase::propose(int wanted, std::vector<cublasLtMatmulHeuristicResult_t>& proposed) {
  int found = 0;
  proposed.resize(static_cast<std::size_t>(wanted));
  const cublasStatus_t status =
      cublasLtMatmulAlgoGetHeuristic(library, what, a, b, d, d, preference, wanted, proposed.data(), &found);
  proposed.resize(static_cast<std::size_t>(found));
  return status;
}

void ProductCase::choose() {
  std::vector<cublasLtMatmulHeuristicResult_t> proposed;
  ASSERT_EQ(propose(1, proposed), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(proposed.size(), 1);
  ASSERT_EQ(proposed[0].state, CUBLAS_STATUS_SUCCESS);
  algorithm = proposed[0].algo;
  workspace_needed = proposed[0].workspaceSize;
}

cublasStatus_t ProductCase::start(float alpha, const float* on_a, const float* on_b, float beta,
                                  const float* on_c, float* on_d, void* with_workspace, cudaStream_t in) {
  return cublasLtMatmul(library, what, &alpha, on_a, a, on_b, b, &beta, on_c, d, on_d, d, &algorithm,
                        with_workspace, workspace_needed, in);
}

}  // namespace duet::cuda_double
