// A product is what it was when it was started, or captured: descriptors and scales may change behind it.
#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

class ByValue : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_device()) GTEST_SKIP() << "no device";
  }
  void TearDown() override {
    for (const std::string& found : Double::take_reports()) ADD_FAILURE() << found;
  }

  static constexpr int m = 16, n = 8, k = 12;

  // D = 2 A B - 1, elementwise 23, by a product whose descriptors then become others, and go.
  static void start(float* d, const float* a, const float* b, const float* bias, void* workspace,
                    cudaStream_t stream) {
    ProductCase product({.m = m, .n = n, .k = k, .epilogue = CUBLASLT_EPILOGUE_BIAS});
    product.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
    product.choose();
    EXPECT_EQ(product.start(2, a, b, 0, d, d, workspace, stream), CUBLAS_STATUS_SUCCESS);
    product.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
    product.set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_RELU);
    product.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<float*>(nullptr));
    const std::uint64_t fewer = 1;
    cublasLtMatrixLayoutSetAttribute(product.d, CUBLASLT_MATRIX_LAYOUT_COLS, &fewer, sizeof fewer);
  }

  void expect_made(const OnDevice<float>& d) {
    EXPECT_EQ(cudaStreamSynchronize(product_.stream), cudaSuccess);
    EXPECT_EQ(d.values(), std::vector<float>(m * n, 23));
  }

  const OnDevice<float> a_{std::vector<float>(m * k, 1)}, b_{std::vector<float>(k * n, 1)};
  const OnDevice<float> bias_{std::vector<float>(m, -1)};
  ProductCase product_{{.m = m, .n = n, .k = k}};  // for its stream and workspace
};

TEST_F(ByValue, AProductRunsAsItWasStarted) {
  const OnDevice<float> d(std::vector<float>(m * n, 0));
  start(d.data(), a_.data(), b_.data(), bias_.data(), product_.workspace.data(), product_.stream);
  expect_made(d);
}

TEST_F(ByValue, AProductIsReplayedAsItWasCaptured) {
  const OnDevice<float> d(std::vector<float>(m * n, 0));
  const cudaStream_t stream = product_.stream;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t replayed = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), cudaSuccess);
  start(d.data(), a_.data(), b_.data(), bias_.data(), product_.workspace.data(), stream);
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&replayed, graph, 0), cudaSuccess);
  EXPECT_EQ(d.values(), std::vector<float>(m * n, 0)) << "it is only captured";
  for (int replay = 0; replay < 2; ++replay) {
    EXPECT_EQ(cudaMemsetAsync(d.data(), 0, m * n * sizeof(float), stream), cudaSuccess);
    EXPECT_EQ(cudaGraphLaunch(replayed, stream), cudaSuccess);
    expect_made(d);
  }
  EXPECT_EQ(cudaGraphExecDestroy(replayed), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
}

}  // namespace
}  // namespace duet::cuda_double
