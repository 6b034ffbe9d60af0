// A product in which mistakes are planted.
#pragma once

#include <vector>

#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {

struct Small {
  static constexpr int m = 16, n = 8, k = 12;
  ProductCase product;
  OnDevice<float> a{std::vector<float>(m * k, 1)}, b{std::vector<float>(k * n, 1)};
  OnDevice<float> d{std::vector<float>(m * n, 1)}, vector{std::vector<float>(m, 1)};
  OnDevice<unsigned char> mask{std::vector<unsigned char>(n * 128 / 8, 0xff)};
  // Where the product is told that things are; the tests move them.
  const float *at_a = a.data(), *at_b = b.data(), *at_c = d.data();
  float* at_d = d.data();
  void* workspace = product.workspace.data();
  float beta = 0;

  explicit Small(cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT)
      : product({.m = m, .n = n, .k = k, .epilogue = epilogue}) {
    if (has_vector(epilogue)) tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, vector.data());
    tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, mask.data());
    tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{128});
    promise(product, 16);
    product.choose();
  }
  static void promise(ProductCase& product, std::uint32_t alignment) {
    for (const auto name :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
      EXPECT_EQ(product.wish(name, alignment), CUBLAS_STATUS_SUCCESS);
  }
  template <class T>
  void tell(cublasLtMatmulDescAttributes_t name, T value) {
    EXPECT_EQ(product.set(name, value), CUBLAS_STATUS_SUCCESS);
  }
  cublasStatus_t start(cudaStream_t stream) {
    return product.start(1, at_a, at_b, beta, at_c, at_d, workspace, stream);
  }
  cublasStatus_t start() { return start(product.stream); }
};

inline void expect_runs(Small& small) {
  EXPECT_EQ(small.start(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(small.product.stream), cudaSuccess);
}

class Misuse : public testing::Test {
 protected:
  void SetUp() override {
    if (!on_double()) GTEST_SKIP() << "of the double";
  }
  void TearDown() override { EXPECT_EQ(reports(), ""); }
};

}  // namespace duet::cuda_double
