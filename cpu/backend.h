// The OpenMP backend.
#pragma once

#include <memory>

#include "core/backend.h"
#include "cpu/kernels/kernels.h"

namespace duet::cpu {

struct Options {
  int threads;
  const Kernels* kernels;
};

// Throws Error(device) when the system refuses a thread.
std::unique_ptr<Backend> make_backend(const Options& options);

}  // namespace duet::cpu
