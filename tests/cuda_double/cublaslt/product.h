// A product as it runs: everything it needs, by value, since its descriptors may be gone by then.
#pragma once

#include <driver_types.h>

#include "tests/cuda_double/cublaslt/algorithms.h"
#include "tests/cuda_double/cublaslt/problem.h"

namespace duet::cuda_double {

struct Product {
  Problem problem;
  const Algorithm* algorithm;
  float alpha, beta;
  Address a, b, c, d, workspace;

  bool reads_c() const { return beta != 0; }
  cudaError_t run() const;
};

}  // namespace duet::cuda_double
