// The algorithms that the double has. Which of cuBLASLt's there are for a product only a GPU knows; these
// stand for the kinds of them: one that needs some workspace and alignment, one that needs neither, and two
// that sum parts of k apart: into workspace, for a kernel that adds them up in order, or one after the other
// into D. They differ in the order of their sums, so that results show which was taken.
#pragma once

#include <cublasLt.h>

#include <cstdint>
#include <span>
#include <vector>

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
  int splits;                           // of k, each summed apart
  cublasLtReductionScheme_t reduction;  // of the splits
  int step;                 // products along k that are summed apart where it is not split; 0: none are
  std::uint32_t alignment;  // bytes, of matrices and their columns

  std::int64_t chain(std::int64_t k) const;  // products along k that are summed in a row
  // The header promises of splits that are added in place that one follows the other, and not which.
  bool sums_in_any_order() const { return reduction == CUBLASLT_REDUCTION_SCHEME_INPLACE; }
  std::uint64_t implementation() const;  // CUBLASLT_NUMERICAL_IMPL_FLAGS_*
  std::int64_t tiles(const Problem& problem) const;
  std::size_t workspace(const Problem& problem) const;  // bytes
  float waves(const Problem& problem) const;
  double microseconds(const Problem& problem) const;  // made up
};

std::span<const Algorithm> algorithms_for(cublasComputeType_t compute_type);
// For a problem, the best first. As on an H100, those are that split a long k of what would leave most of the
// device idle.
std::vector<const Algorithm*> ranked_algorithms_for(const Problem& problem);
const Algorithm* find_algorithm(int id);

// Whether there is any for this kind of product. Words of DUET_DOUBLE_CUBLASLT, with commas between them,
// take kinds away: no-aux, no-bgrad, no-bias, no-epilogue, no-tf32, none.
bool has_algorithm(const Problem& problem);
bool has_none_at_all();  // "none" is among them

}  // namespace duet::cuda_double
