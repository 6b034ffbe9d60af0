// The one way to start a kernel.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cuda/status.h"

namespace duet::cuda {

struct Grid {
  dim3 blocks, threads;
};

template <class... Parameters>
void launch(cudaStream_t stream, const Grid& grid, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid.blocks;
  config.blockDim = grid.threads;
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, arguments...), "starting a kernel");
}

constexpr unsigned blocks_for(std::int64_t work, int of_a_block) {
  return static_cast<unsigned>((work + of_a_block - 1) / of_a_block);
}

}  // namespace duet::cuda
