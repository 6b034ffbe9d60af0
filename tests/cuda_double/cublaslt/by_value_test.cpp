// A product is what it was when it was started, or captured: descriptors and scales may change behind it.
#include <optional>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

constexpr int m = 16, n = 8, k = 12;

struct Operands {
  const OnDevice<float> a{std::vector<float>(m * k, 1)}, b{std::vector<float>(k * n, 1)};
  const OnDevice<float> bias{std::vector<float>(m, -1)}, d{std::vector<float>(m * n, 0)};
  ProductCase other{{.m = m, .n = n, .k = k}};  // whose stream and workspace are used
};

class ByValue : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_device()) GTEST_SKIP() << "no device";
    operands_.emplace();
  }
  void TearDown() override {
    operands_.reset();
    EXPECT_EQ(reports(), "");
  }

  // D = 2 A B - 1, which is 23.
  void choose() {
    product_.emplace(Spec{.m = m, .n = n, .k = k, .epilogue = CUBLASLT_EPILOGUE_BIAS});
    product_->set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, operands_->bias.data());
    product_->choose();
  }
  // Its descriptors then become others, and will be gone before it runs.
  void start() {
    ProductCase& product = *product_;
    const Operands& on = *operands_;
    EXPECT_EQ(product.start(2, on.a.data(), on.b.data(), 0, on.d.data(), on.d.data(),
                            on.other.workspace.data(), on.other.stream),
              CUBLAS_STATUS_SUCCESS);
    product.set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
    product.set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_RELU);
    product.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<float*>(nullptr));
    const std::uint64_t fewer = 1;
    cublasLtMatrixLayoutSetAttribute(product.d, CUBLASLT_MATRIX_LAYOUT_COLS, &fewer, sizeof fewer);
  }

  void expect_made() {
    EXPECT_EQ(cudaStreamSynchronize(operands_->other.stream), cudaSuccess);
    EXPECT_EQ(operands_->d.values(), std::vector<float>(m * n, 23));
  }

  std::optional<Operands> operands_;
  std::optional<ProductCase> product_;
};

TEST_F(ByValue, AProductRunsAsItWasStarted) {
  choose();
  start();
  product_.reset();
  expect_made();
}

TEST_F(ByValue, AProductIsReplayedAsItWasCaptured) {
  const cudaStream_t stream = operands_->other.stream;
  float* const d = operands_->d.data();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t replayed = nullptr;
  choose();
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), cudaSuccess);
  start();
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  product_.reset();
  ASSERT_EQ(cudaGraphInstantiate(&replayed, graph, 0), cudaSuccess);
  EXPECT_EQ(operands_->d.values(), std::vector<float>(m * n, 0)) << "it is only captured";
  for (int replay = 0; replay < 2; ++replay) {
    EXPECT_EQ(cudaMemsetAsync(d, 0, m * n * sizeof(float), stream), cudaSuccess);
    EXPECT_EQ(cudaGraphLaunch(replayed, stream), cudaSuccess);
    expect_made();
  }
  EXPECT_EQ(cudaGraphExecDestroy(replayed), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
}

// Nor does a relaxed one survive it.
TEST_F(ByValue, NothingIsCapturedBesideALibraryThatComesAndGoes) {
  const cudaStream_t stream = operands_->other.stream;
  cudaGraph_t graph = nullptr;
  cublasLtHandle_t library = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), cudaSuccess);
  EXPECT_EQ(cublasLtCreate(&library), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtDestroy(library), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
}

}  // namespace
}  // namespace duet::cuda_double
