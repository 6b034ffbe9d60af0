// A matrix product by cuBLASLt, planned once: descriptors, an algorithm, what follows the product.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/precision.h"
#include "core/tuning.h"
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

struct Algorithm {
  cublasLtMatmulAlgo_t choice{};
  std::size_t workspace = 0;  // bytes that it needs
};
std::string name_of(const Algorithm& algorithm);  // "id 21, tile 15, stages 6, split 4, reduction 2"
// With its bytes: they may be stored and given back to the same version (cublasLt.h), and the attributes that
// can be set need not be all that an algorithm is made of.
TunedAlgorithm to_keep(const Algorithm& algorithm);

class Matmul {
 public:
  // By the rule. Nothing where the library has no algorithm for the product with its epilogue.
  static std::optional<Matmul> plan(cublasLtHandle_t library, const Product& product, Precision precision,
                                    std::size_t workspace_bytes);

  void start(const Lane& lane) const;
  const Algorithm& algorithm() const { return algorithm_; }
  bool is_tuned() const { return tuned_; }  // the algorithm is one that was measured

  // Up to `most`, in the library's order.
  std::vector<Algorithm> proposed(int most) const;
  void take(const Algorithm& measured);
  bool take(const TunedAlgorithm& kept);  // false, and nothing is changed, where the library refuses it

  const Product& product() const { return product_; }
  std::string key() const;  // all that the choice of an algorithm depends on, and no addresses

 private:
  Matmul() = default;
  cublasLtHandle_t library_ = nullptr;
  Product product_{};
  LtMatmulDesc what_;
  LtLayout a_, b_, d_;
  Precision precision_{};
  std::size_t workspace_bytes_ = 0;  // that there are
  Algorithm algorithm_;
  bool tuned_ = false;
};

}  // namespace duet::cuda
