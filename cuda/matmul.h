// A matrix product by cuBLASLt, planned once: descriptors, an algorithm, what follows the product.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/precision.h"
#include "cuda/handle.h"
#include "cuda/lanes.h"

namespace duet::cuda {

// A row-major matrix (rows, cols) is to cuBLASLt, which counts down columns, its transposed (cols, rows) with
// the same distance from line to line. So this is D = op(A) op(B) in the library's words, and in ours y^T.
struct Product {
  struct Factor {
    const float* data;
    int rows, cols, ld;  // as the library sees it, before it is transposed
    bool transposed = false;
  };
  Factor a, b;
  float* d;
  int ld_d;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  float* bias = nullptr;     // read, or with *BGRAD* written
  void* mask = nullptr;      // of ReLU: written by *_AUX, read by DRELU
  std::int64_t mask_ld = 0;  // in bits, a multiple of 128
  int m() const { return a.transposed ? a.cols : a.rows; }
  int k() const { return a.transposed ? a.rows : a.cols; }
  int n() const { return b.transposed ? b.rows : b.cols; }
};

class Matmul {
 public:
  // Nothing where the library has no algorithm for the product with its epilogue.
  static std::optional<Matmul> plan(cublasLtHandle_t library, const Product& product, Precision precision,
                                    std::size_t workspace_bytes);

  void start(const Lane& lane) const;
  std::string algorithm() const;  // "id 21, tile 15, stages 6, split 4, reduction 2"

 private:
  Matmul() = default;
  cublasLtHandle_t library_ = nullptr;
  Product product_{};
  LtMatmulDesc what_;
  LtLayout a_, b_, d_;
  cublasLtMatmulAlgo_t algorithm_{};
  std::size_t workspace_ = 0;  // bytes that the algorithm needs
};

}  // namespace duet::cuda
