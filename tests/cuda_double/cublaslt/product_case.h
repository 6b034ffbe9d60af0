// A product on the device, with everything that cuBLASLt wants for it: for the tests of the double, which are
// tests of cuBLASLt as well where it runs on a GPU.
#pragma once

#include <cublasLt.h>

#include <cstdint>
#include <vector>

#include "tests/cuda_double/on_device.h"

namespace duet::cuda_double {

// A matrix with its columns `ld` apart, and more behind the last: nobody may touch what is not an element.
struct HostMatrix {
  static constexpr float canary = 12345.75F;
  int rows, cols, ld;
  std::vector<float> data;

  HostMatrix(int of_rows, int of_cols, int gap)
      : rows(of_rows), cols(of_cols), ld(of_rows + gap), data((of_rows + gap) * of_cols + 7, canary) {}
  float& operator()(int row, int col) { return data[col * ld + row]; }
  float operator()(int row, int col) const { return data[col * ld + row]; }
  template <class Make>
  HostMatrix& fill(Make&& make) {
    for (int col = 0; col < cols; ++col) {
      for (int row = 0; row < rows; ++row) (*this)(row, col) = make();
    }
    return *this;
  }
};

struct Spec {
  int m, n, k;
  bool transpose_a = false, transpose_b = false;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
  int gap = 0;  // rows between one column and the next
};

// Whether the epilogue reads or writes what is behind the bias pointer.
inline bool has_vector(cublasLtEpilogue_t epilogue) { return (epilogue & (4 | 16 | 256 | 512)) != 0; }

// Descriptors and an algorithm. Every handle is given back at the end.
class ProductCase {
 public:
  static constexpr std::size_t workspace_bytes = 64 << 10;

  explicit ProductCase(const Spec& spec);
  ~ProductCase();
  ProductCase(const ProductCase&) = delete;
  ProductCase& operator=(const ProductCase&) = delete;

  template <class T>
  cublasStatus_t set(cublasLtMatmulDescAttributes_t name, T value) {
    return cublasLtMatmulDescSetAttribute(what, name, &value, sizeof value);
  }
  template <class T>
  cublasStatus_t wish(cublasLtMatmulPreferenceAttributes_t name, T value) {
    return cublasLtMatmulPreferenceSetAttribute(preference, name, &value, sizeof value);
  }
  cublasStatus_t propose(int wanted, std::vector<cublasLtMatmulHeuristicResult_t>& proposed);
  void choose();  // the first that is proposed; fails the test where there is none
  cublasStatus_t start(float alpha, const float* a, const float* b, float beta, const float* c, float* d,
                       void* with_workspace, cudaStream_t in);

  Spec spec;
  cublasLtHandle_t library = nullptr;
  cublasLtMatmulDesc_t what = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, d = nullptr;  // C is laid out as D
  cublasLtMatmulPreference_t preference = nullptr;
  cublasLtMatmulAlgo_t algorithm{};
  std::size_t workspace_needed = 0;
  cudaStream_t stream = nullptr;
  OnDevice<char> workspace{workspace_bytes};
};

}  // namespace duet::cuda_double
