// Softmax by cuDNN, a library of 490 MB that is loaded where something asks for it, and done without where it
// is not installed.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <string>

#include "cuda/kernels/kernels.h"

namespace duet::cuda {

class Cudnn {
 public:
  virtual ~Cudnn() = default;
  virtual std::string version() const = 0;  // "9.19.0"
  // rows.logits become probabilities, by way of two matrices without anything between their rows. The library
  // does not promise that it works in place, and of rows that are apart it takes every second one from where
  // it would be if they were not (version 9 on an H100).
  virtual void softmax(cudaStream_t stream, const SoftmaxRows& rows, float* packed_logits,
                       float* packed_probabilities) const = 0;

  // Of the current device. Null where the library is not installed, or this build knew no headers of it.
  static std::unique_ptr<Cudnn> load();
};

}  // namespace duet::cuda
