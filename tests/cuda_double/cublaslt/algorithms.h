// The algorithms that the double has. Which of cuBLASLt's there are for a product only a GPU knows; these
// stand for the kinds of them: one that needs some workspace and alignment, one that needs neither, one that
// sums parts of k apart. They differ in the order of their sums, so that results show which was taken.
#pragma once

#include <cublasLt.h>

#include <cstdint>
#include <span>

#include "tests/cuda_double/cublaslt/problem.h"

namespace duet::cuda_double {

struct Tile {
  std::uint32_t id;
  int rows, cols;
};

struct Algorithm {
  int id;
  bool tf32;  // factors are rounded to 10 bits behind the point
  Tile tile;
  std::uint32_t stages;
  int splits;               // of k, each summed apart
  int step;                 // products along k that are summed apart where it is not split; 0: none are
  std::uint32_t alignment;  // bytes, of matrices and their columns

  std::int64_t chain(std::int64_t k) const;  // products along k that are summed in a row
  std::uint32_t reduction() const {
    return splits > 1 ? CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE : CUBLASLT_REDUCTION_SCHEME_NONE;
  }
  std::uint64_t implementation() const;                 // CUBLASLT_NUMERICAL_IMPL_FLAGS_*
  std::size_t workspace(const Problem& problem) const;  // bytes
  float waves(const Problem& problem) const;
  double microseconds(const Problem& problem) const;  // made up
};

// For a compute type, the best first.
std::span<const Algorithm> algorithms_for(cublasComputeType_t compute_type);
const Algorithm* find_algorithm(int id);

// Whether there is any for this kind of product. Words of DUET_DOUBLE_CUBLASLT, with commas between them,
// take kinds away: no-aux, no-bgrad, no-bias, no-epilogue, no-tf32, none.
bool has_algorithm(const Problem& problem);
bool has_none_at_all();  // "none" is among them

}  // namespace duet::cuda_double
