// What follows a product: scaling, C, bias, ReLU, their gradients.
#pragma once

#include <vector>

#include "tests/cuda_double/cublaslt/multiply.h"
#include "tests/cuda_double/cublaslt/product.h"

namespace duet::cuda_double {

// In the order of its functions. Each is false where memory is missing, which has been reported.
class Epilogue {
 public:
  explicit Epilogue(const Product& of) : of_(of), vector_(of.problem.vector_length()) {}

  bool begin(const Panels& a, const Columns& b);              // as they are in memory, not rounded
  bool finish(std::int64_t col, std::vector<float>& values);  // a column of the product becomes one of D
  bool end() const;

 private:
  bool add_c(std::int64_t col, std::vector<float>& values) const;
  bool relu(std::int64_t col, std::vector<float>& values) const;
  bool relu_gradient(std::int64_t col, std::vector<float>& values) const;

  const Product& of_;
  std::vector<float> vector_;  // behind the bias pointer: as read, or to be written
};

}  // namespace duet::cuda_double
