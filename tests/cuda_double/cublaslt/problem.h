// What a product is to multiply, by value: all that cublasLtMatmul is told by its descriptors.
#pragma once

#include <cublasLt.h>

#include <cstdint>

#include "tests/cuda_double/cublaslt/descriptors.h"

namespace duet::cuda_double {

// What cublasLtEpilogue_t is made of.
enum EpilogueBit : std::uint32_t {
  relu_bit = 2,
  bias_bit = 4,
  relu_gradient_bit = 8,
  bias_gradient_bit = 16,
  mask_bit = 128,
  sums_of_a_bit = 256,
  sums_of_b_bit = 512,
};

struct Shape {
  std::int64_t rows, cols, ld;  // from column to column, in floats

  Address column(Address matrix, std::int64_t col) const {
    return matrix + static_cast<Address>(col * ld) * sizeof(float);
  }
};

struct Problem {
  std::int64_t m, n, k;
  bool transpose_a, transpose_b;
  Shape a, b, c, d;
  cublasComputeType_t compute_type;
  std::uint32_t epilogue;
  Address bias, mask;    // null: not told
  std::int64_t mask_ld;  // bits

  bool has(std::uint32_t bits) const { return (epilogue & bits) != 0; }
  bool has_vector() const {  // behind the bias pointer
    return has(bias_bit | bias_gradient_bit | sums_of_a_bit | sums_of_b_bit);
  }
  std::int64_t vector_length() const { return has(sums_of_b_bit) ? n : m; }
  bool writes_vector() const { return has_vector() && !has(bias_bit); }
  bool writes_mask() const { return has(mask_bit) && has(relu_bit); }
  // Of what changes which algorithms fit: everything but the pointers.
  std::uint64_t fingerprint() const;
  Address mask_column(std::int64_t col) const { return mask + static_cast<Address>(col * mask_ld / 8); }
};

struct Descriptors {
  cublasLtMatmulDesc_t what;
  cublasLtMatrixLayout_t a, b, c, d;
};

// Anything but success has been reported.
cublasStatus_t describe(const Descriptors& by, const char* call, Problem& problem);

}  // namespace duet::cuda_double
