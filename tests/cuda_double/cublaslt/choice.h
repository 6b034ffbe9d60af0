// What cublasLtMatmulAlgo_t carries.
#pragma once

#include <cublasLt.h>

#include <array>
#include <cstdint>
#include <optional>

#include "tests/cuda_double/cublaslt/algorithms.h"
#include "tests/cuda_double/cublaslt/problem.h"

namespace duet::cuda_double {

struct Choice {
  const Algorithm* algorithm;
  std::array<std::uint32_t, 4> alignments;  // of A, B, C, D, in bytes, as the preference promised them
  std::uint64_t fingerprint;                // of the problem it was chosen for; 0: of any
};

// As bytes, since a program may store them.
cublasLtMatmulAlgo_t encode(const Choice& choice);
// Nothing, and a report, where they are not the double's.
std::optional<Choice> decode(const cublasLtMatmulAlgo_t* bytes, const char* call);

// Whether it was chosen for this problem. Anything but success has been reported, except that there is no
// algorithm for it.
cublasStatus_t check_choice(const Choice& choice, const Problem& problem, const char* call);

}  // namespace duet::cuda_double
