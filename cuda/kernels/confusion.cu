#include <cub/device/device_histogram.cuh>

#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/row_softmax.cuh"

namespace duet::cuda {
namespace {

constexpr int rows_of_block = 8, threads = rows_of_block * warp_size;

// A warp owns a row. Reads the logits, writes a key a row.
__global__ void __launch_bounds__(threads) keys_warp_per_row(ConfusionOperands to, StepNumber step) {
  const int row = static_cast<int>(blockIdx.x) * rows_of_block + static_cast<int>(threadIdx.x) / warp_size;
  if (row >= to.batch.rows) return;
  const float* const z = to.logits + std::int64_t{row} * to.ld;
  const RowSoftmax softmax = softmax_of_row<warp_size>(to.classes, [&](int c) { return z[c]; });
  if (threadIdx.x % warp_size != 0) return;
  const int label = to.labels[to.batch.order[to.batch.place(step.value(), row)]];
  to.keys[row] = label * to.classes + predicted_class<warp_size>(softmax, to.classes);
}

// A block owns a true class.
__global__ void __launch_bounds__(threads) add_counts_block_per_class(ConfusionOperands to) {
  const int truth = static_cast<int>(blockIdx.x);
  for (int c = static_cast<int>(threadIdx.x); c < to.classes; c += threads) {
    to.counts[std::int64_t{truth} * to.ld_counts + c] += to.of_batch[std::int64_t{truth} * to.classes + c];
  }
}

// CUB's way: without memory it says how much it needs.
void count_keys(cudaStream_t stream, const ConfusionOperands& to, void* memory, std::size_t& bytes) {
  const int cells = to.classes * to.classes;
  check(cub::DeviceHistogram::HistogramEven(memory, bytes, to.keys, to.of_batch, cells + 1, 0, cells,
                                            to.batch.rows, stream),
        "counting classes");
}

}  // namespace

std::size_t bytes_of_confusion(const ConfusionOperands& to) {
  std::size_t bytes = 0;
  count_keys(nullptr, to, nullptr, bytes);
  return bytes;
}

void confusion(cudaStream_t stream, const ConfusionOperands& to, StepNumber step) {
  launch(stream, {.blocks = {blocks_for(to.batch.rows, rows_of_block)}, .threads = {threads}},
         keys_warp_per_row, to, step);
  std::size_t bytes = to.memory_bytes;
  count_keys(stream, to, to.memory, bytes);
  launch(stream, {.blocks = {static_cast<unsigned>(to.classes)}, .threads = {threads}},
         add_counts_block_per_class, to);
}

}  // namespace duet::cuda
