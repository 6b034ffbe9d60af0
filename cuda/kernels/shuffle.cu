#include <cub/device/device_radix_sort.cuh>

#include "core/rng.h"
#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"

namespace duet::cuda {
namespace {

constexpr int threads = 256;

// A thread owns a row of the order. Reads 4 bytes, writes 8.
__global__ void __launch_bounds__(threads) keys_thread_per_row(ShuffleOperands to, StepNumber step) {
  const int i = static_cast<int>(blockIdx.x) * threads + static_cast<int>(threadIdx.x);
  if (i >= to.size) return;
  const std::uint32_t row = to.order[i];
  const std::uint32_t bits =
      random_bits(to.seed, Purpose::shuffle, static_cast<std::uint32_t>(step.value()), row);
  to.keys[i] = std::uint64_t{bits} << 32 | row;
}

__global__ void __launch_bounds__(threads) rows_of_keys_thread_per_row(ShuffleOperands to) {
  const int i = static_cast<int>(blockIdx.x) * threads + static_cast<int>(threadIdx.x);
  if (i < to.size) to.order[i] = static_cast<std::uint32_t>(to.sorted[i]);
}

// CUB's way: without memory it says how much it needs.
void sort_keys(cudaStream_t stream, const ShuffleOperands& to, void* memory, std::size_t& bytes) {
  check(cub::DeviceRadixSort::SortKeys(memory, bytes, to.keys, to.sorted, to.size, 0, 64, stream),
        "sorting an order");
}

}  // namespace

std::size_t bytes_of_shuffle(const ShuffleOperands& to) {
  std::size_t bytes = 0;
  sort_keys(nullptr, to, nullptr, bytes);
  return bytes;
}

void shuffle(cudaStream_t stream, const ShuffleOperands& to, StepNumber step) {
  const Grid grid{.blocks = {blocks_for(to.size, threads)}, .threads = {threads}};
  launch(stream, grid, keys_thread_per_row, to, step);
  std::size_t bytes = to.memory_bytes;
  sort_keys(stream, to, to.memory, bytes);
  launch(stream, grid, rows_of_keys_thread_per_row, to);
}

}  // namespace duet::cuda
