// Copies and fills, of one row or of several.
#pragma once

#include <driver_types.h>

#include <cstddef>
#include <string_view>

#include "tests/cuda_double/runtime/stream.h"

namespace duet::cuda_double {

struct Copy {
  void* to;
  const void* from;
  std::size_t bytes;  // of a row
  cudaMemcpyKind kind;
  std::size_t rows = 1, to_pitch = 0, from_pitch = 0;  // bytes from row to row
};

// cudaMemcpyAsync of any stream, cudaMemcpy of the legacy one: what the host has waited for when they return
// is as "API synchronization behavior" of the CUDA Runtime API has it.
cudaError_t copy_async(const StreamPtr& stream, Copy copy, std::string_view call);
cudaError_t copy_blocking(Copy copy, std::string_view call);
cudaError_t fill(Stream& stream, void* to, int value, std::size_t bytes, std::string_view call);

}  // namespace duet::cuda_double
