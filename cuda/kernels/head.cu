#include "cuda/kernels/kernels.h"
#include "cuda/kernels/last_block.cuh"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/row_softmax.cuh"
#include "cuda/kernels/sums_of_rows.cuh"
#include "cuda/kernels/tick.cuh"

namespace duet::cuda {
namespace {

constexpr int rows_of_block = rows_of_head_block, threads = rows_of_block * warp_size;
// Floats between rows of w in shared memory: then eight threads that read 16 bytes of a row each meet no bank
// twice.
constexpr int gap = 4;
// Of w, in bytes: leaves room for the rest within 48 KB, which every device has.
constexpr int shared_bytes = 40 * 1024;

constexpr int whole_warps(int rows) { return rows / warp_size * warp_size; }

// Rows of w that are in shared memory at a time.
template <int width>
constexpr int depth = whole_warps(shared_bytes / int{sizeof(float)} / (width + gap));

// w (in, classes) rows first .. first + depth, in rows of `width + gap` floats. Rows that are not there are
// zero.
template <int width>
__device__ void load_rows_of_w(const HeadOperands& to, int first, float* rows) {
  constexpr int quads = width / 4;
  const int count = (min(depth<width>, to.in - first) + warp_size - 1) / warp_size * warp_size;
  for (int i = static_cast<int>(threadIdx.x); i < count * quads; i += threads) {
    const int row = i / quads, quad = i % quads;
    const float4 zero{};
    const auto* const from = reinterpret_cast<const float4*>(to.w + std::int64_t{first + row} * to.ld_w);
    reinterpret_cast<float4*>(rows + row * (width + gap))[quad] = first + row < to.in ? from[quad] : zero;
  }
}

// Row's product with the rows of w that are loaded, column `lane % width`, added to `sum`. Where width is 16
// the upper half of a warp takes every second of them.
template <int width>
__device__ float multiply_rows_of_w(const HeadOperands& to, int row, int first, const float* rows,
                                    float sum) {
  constexpr int halves = warp_size / width;
  const int lane = static_cast<int>(threadIdx.x) % warp_size, column = lane % width, half = lane / width;
  for (int k = 0; k < depth<width> && first + k < to.in; k += warp_size) {
    const int at = first + k + lane;
    const float x = row < to.batch.rows && at < to.in ? to.x[std::int64_t{row} * to.ld_x + at] : 0.0f;
#pragma unroll 8
    for (int i = 0; i < warp_size; i += halves) {
      sum += __shfl_sync(all_lanes, x, i + half) * rows[(k + i + half) * (width + gap) + column];
    }
  }
  return sum;
}

// Loss and dz of a row whose logits the lanes hold, lane c the one of class c % width.
template <int width>
__device__ void finish_row(const HeadOperands& to, int row, int step, float product, float (&dz_row)[width]) {
  const int lane = static_cast<int>(threadIdx.x) % warp_size, column = lane % width;
  const bool there = row < to.batch.rows;
  const float z = product + (column < to.classes ? to.b[column] : 0.0f);
  const RowSoftmax softmax = softmax_of_row<width>(to.classes, [&](int) { return z; });
  const int label = there ? to.labels[to.batch.order[to.batch.place(step, row)]] : 0;
  const float of_label = __shfl_sync(all_lanes, z, label, width);
  const float mean = 1.0f / static_cast<float>(to.batch.rows);
  const float e = column < to.classes ? expf(z - softmax.maximum.value) : 0.0f;
  const float dz = there ? e * (mean / softmax.sum) - (column == label ? mean : 0.0f) : 0.0f;
  if (lane < width) dz_row[column] = dz;
  if (!there) return;
  if (lane < to.classes) to.dz[std::int64_t{row} * to.ld_dz + column] = dz;
  if (lane == 0) {
    to.output.rows[row] = {logf(softmax.sum) + (softmax.maximum.value - of_label),
                           predicted_class<width>(softmax, to.classes) == label};
  }
}

// dz_below of the block's rows, in the columns that belong to the rows of w that are loaded, and their sums.
template <int width>
__device__ void grad_below(const HeadOperands& to, int first, const float* rows,
                           const float (&dz)[rows_of_block][width], float* sums) {
  const int first_row = static_cast<int>(blockIdx.x) * rows_of_block;
  const int count = min(depth<width>, to.in - first);
  for (int j = static_cast<int>(threadIdx.x); j < count; j += threads) {
    float w[width];
#pragma unroll
    for (int quad = 0; quad < width / 4; ++quad) {
      *reinterpret_cast<float4*>(w + 4 * quad) =
          reinterpret_cast<const float4*>(rows + j * (width + gap))[quad];
    }
    float sum = 0;
    for (int r = 0; r < rows_of_block && first_row + r < to.batch.rows; ++r) {
      float g = 0;
#pragma unroll
      for (int c = 0; c < width; ++c) g += dz[r][c] * w[c];
      const std::int64_t row = first_row + r;
      if (to.relu_below && !(to.x[row * to.ld_x + first + j] > 0)) g = 0;
      to.dz_below[row * to.ld_below + first + j] = g;
      sum += g;
    }
    sums[first + j] = sum;
  }
}

// A block's eight rows, first a warp each, then a thread every 256th column of dz_below. w comes through
// shared memory, twice where it does not fit at once.
template <int width>
__device__ void head_of_rows(const HeadOperands& to, int number) {
  extern __shared__ float4 shared[];
  float* const rows = reinterpret_cast<float*>(shared);
  __shared__ float dz[rows_of_block][width];
  const int warp = static_cast<int>(threadIdx.x) / warp_size;
  const int row = static_cast<int>(blockIdx.x) * rows_of_block + warp;

  float product = 0;
  for (int first = 0; first < to.in; first += depth<width>) {
    __syncthreads();  // nobody reads what was loaded before
    load_rows_of_w<width>(to, first, rows);
    __syncthreads();
    product = multiply_rows_of_w<width>(to, row, first, rows, product);
  }
  if (width < warp_size) product += __shfl_xor_sync(all_lanes, product, width);
  finish_row<width>(to, row, number, product, dz[warp]);

  float* const sums = to.partial + std::int64_t{blockIdx.x} * (to.in + most_classes_of_head);
  for (int first = 0; first < to.in; first += depth<width>) {
    __syncthreads();
    if (to.in > depth<width>) {
      load_rows_of_w<width>(to, first, rows);
      __syncthreads();
    }
    grad_below<width>(to, first, rows, dz, sums);
  }
  if (static_cast<int>(threadIdx.x) < to.classes) {
    float sum = 0;
    for (int r = 0; r < rows_of_block; ++r) sum += dz[r][threadIdx.x];
    sums[to.in + threadIdx.x] = sum;
  }
}

// A block owns eight rows, the last block to end adds what all have. Reads w and x from L2, writes dz_below:
// at 128 x 500 with 10 classes 0.6 MB.
template <int width>
__global__ void __launch_bounds__(threads) head_warp_per_row(HeadOperands to, StepNumber step) {
  const int number = step.value();
  if (is_block_of_update(to.output.tick)) {
    prepare_update(to.output.tick, number);
  } else {
    head_of_rows<width>(to, number);
  }
  if (!is_last_block(to.output.arrived)) return;
  finish_step<threads>(to.output, to.batch.rows, number);
  for (int j = static_cast<int>(threadIdx.x); j < to.in + to.classes; j += threads) {
    float sum = 0;
    for (int block = 0; block * rows_of_block < to.batch.rows; ++block) {
      sum += to.partial[std::int64_t{block} * (to.in + most_classes_of_head) + j];
    }
    (j < to.in ? to.db_below[j] : to.db[j - to.in]) = sum;
  }
}

template <int width>
void start(cudaStream_t stream, const HeadOperands& to, StepNumber step) {
  const int loaded = std::min(depth<width>, (to.in + warp_size - 1) / warp_size * warp_size);
  launch(stream,
         {.blocks = {blocks_for(to.batch.rows, rows_of_block) + blocks_of_update(to.output.tick)},
          .threads = {threads},
          .dynamic_shared = static_cast<std::size_t>(loaded) * (width + gap) * sizeof(float)},
         head_warp_per_row<width>, to, step);
}

}  // namespace

void head(cudaStream_t stream, const HeadOperands& to, StepNumber step) {
  if (to.classes <= 16) {
    start<16>(stream, to, step);
  } else {
    start<32>(stream, to, step);
  }
}

}  // namespace duet::cuda
