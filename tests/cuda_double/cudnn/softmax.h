// Softmax as it runs: everything it needs, by value, since its descriptors may be gone by then.
#pragma once

#include <cudnn.h>

#include <vector>

#include "tests/cuda_double/cudnn/tensor.h"
#include "tests/cuda_double/machine/device_memory.h"

namespace duet::cuda_double {

struct Softmax {
  cudnnSoftmaxAlgorithm_t algorithm;
  cudnnSoftmaxMode_t mode;
  float alpha, beta;
  Tensor x, y;
  Address at_x, at_y;

  // The elements that become probabilities together: their offsets, in the order of c, h, w.
  std::int64_t groups() const;
  std::vector<std::int64_t> offsets(const Tensor& tensor, std::int64_t group) const;
  cudaError_t run() const;
};

}  // namespace duet::cuda_double
