#include "cuda/kernels/kernels.h"
#include "cuda/kernels/launch.h"
#include "cuda/kernels/row_softmax.cuh"

namespace duet::cuda {
namespace {

constexpr int rows_of_block = rows_of_head_block, threads = 256, warps = threads / warp_size;
// Rows of w that a thread has at a time, `threads` apart.
template <int width>
constexpr int stretch = 32 / width;
template <int width>
constexpr int chunk = stretch<width>* threads;  // of the inputs
// Sums that a thread has at a time: those of so many rows for all classes.
constexpr int sums_of_thread = 64;

// What a thread has of a chunk of the inputs: rows of w (in, classes), and x of all rows of the block.
template <int width>
struct Inputs {
  float w[stretch<width>][width];
  float x[stretch<width>][rows_of_block];

  // What is not there is zero.
  __device__ void load(const HeadOperands& to, int first) {
    const int first_row = static_cast<int>(blockIdx.x) * rows_of_block;
#pragma unroll
    for (int i = 0; i < stretch<width>; ++i) {
      const int input = first + i * threads + static_cast<int>(threadIdx.x);
      const bool there = input < to.in;
      const float4 zero{};
      const auto* const row_of_w = reinterpret_cast<const float4*>(to.w + std::int64_t{input} * to.ld_w);
#pragma unroll
      for (int quad = 0; quad < width / 4; ++quad) {
        const float4 four = there ? row_of_w[quad] : zero;
        w[i][4 * quad] = four.x;
        w[i][4 * quad + 1] = four.y;
        w[i][4 * quad + 2] = four.z;
        w[i][4 * quad + 3] = four.w;
      }
#pragma unroll
      for (int r = 0; r < rows_of_block; ++r) {
        const int row = first_row + r;
        x[i][r] = there && row < to.batch.rows ? to.x[std::int64_t{row} * to.ld_x + input] : 0.0f;
      }
    }
  }
};

// Sums of `count` values over the lanes of a warp: lane l gets those of values l * count / 32 and the ones
// behind it. Every lane gives away half of what it has at each of the five steps, instead of every value
// going five steps.
template <int count, int distance = warp_size / 2>
__device__ void sum_over_lanes(float* values) {
  constexpr int half = count / 2;
  const bool upper = threadIdx.x & distance;
#pragma unroll
  for (int i = 0; i < half; ++i) {
    const float given = upper ? values[i] : values[i + half], kept = upper ? values[i + half] : values[i];
    values[i] = kept + __shfl_xor_sync(all_lanes, given, distance);
  }
  if constexpr (distance > 1) sum_over_lanes<half, distance / 2>(values);
}

// The block's logits, but for b, in parts: each warp's, of its inputs. Leaves the last chunk of the inputs in
// `inputs`.
template <int width>
__device__ void multiply(const HeadOperands& to, Inputs<width>& inputs,
                         float (&parts)[warps][rows_of_block * width]) {
  constexpr int rows = sums_of_thread / width;
  const int lane = static_cast<int>(threadIdx.x) % warp_size,
            warp = static_cast<int>(threadIdx.x) / warp_size;
  inputs.load(to, 0);
#pragma unroll
  for (int first_row = 0; first_row < rows_of_block; first_row += rows) {
    float sums[sums_of_thread] = {};
    for (int first = 0; first < to.in; first += chunk<width>) {
      if (to.in > chunk<width>) inputs.load(to, first);
#pragma unroll
      for (int i = 0; i < stretch<width>; ++i) {
#pragma unroll
        for (int s = 0; s < sums_of_thread; ++s)
          sums[s] += inputs.x[i][first_row + s / width] * inputs.w[i][s % width];
      }
    }
    sum_over_lanes<sums_of_thread>(sums);
    *reinterpret_cast<float2*>(&parts[warp][first_row * width + 2 * lane]) = {sums[0], sums[1]};
  }
}
static_assert(sums_of_thread == 2 * warp_size, "a lane gets two sums");

// Loss and dz of a row whose logits the lanes hold, lane c the one of class c % width.
template <int width>
__device__ void finish_row(const HeadOperands& to, int row, int label, float product,
                           float (&dz_row)[width]) {
  const int lane = static_cast<int>(threadIdx.x) % warp_size, column = lane % width;
  const bool there = row < to.batch.rows;
  const float z = product + (column < to.classes ? to.b[column] : 0.0f);
  const RowSoftmax softmax = softmax_of_row<width>(to.classes, [&](int) { return z; });
  const float of_label = __shfl_sync(all_lanes, z, label, width);
  const float mean = 1.0f / static_cast<float>(to.batch.rows);
  const float e = column < to.classes ? expf(z - softmax.maximum.value) : 0.0f;
  const float dz = there ? e * (mean / softmax.sum) - (column == label ? mean : 0.0f) : 0.0f;
  if (lane < width) dz_row[column] = dz;
  if (!there) return;
  if (lane < to.classes) to.dz[std::int64_t{row} * to.ld_dz + column] = dz;
  if (lane == 0) {
    to.results[row] = {logf(softmax.sum) + (softmax.maximum.value - of_label),
                       predicted_class<width>(softmax, to.classes) == label};
  }
}

// dz_below of the block's rows in the columns of `inputs`, which begin at `first`, and their sums.
template <int width>
__device__ void grad_below(const HeadOperands& to, int first, const Inputs<width>& inputs,
                           const float (&dz)[rows_of_block][width], float* sums) {
  const int first_row = static_cast<int>(blockIdx.x) * rows_of_block;
#pragma unroll
  for (int i = 0; i < stretch<width>; ++i) {
    const int input = first + i * threads + static_cast<int>(threadIdx.x);
    if (input >= to.in) return;
    float sum = 0;
#pragma unroll
    for (int r = 0; r < rows_of_block; ++r) {
      float g = 0;
#pragma unroll
      for (int c = 0; c < width; ++c) g += dz[r][c] * inputs.w[i][c];
      if (to.relu_below && !(inputs.x[i][r] > 0)) g = 0;
      if (first_row + r < to.batch.rows) to.dz_below[std::int64_t{first_row + r} * to.ld_below + input] = g;
      sum += g;
    }
    sums[input] = sum;
  }
}

// A thread has one or two inputs of all rows, in registers from the first product to the second where that is
// all of them; in between a row has a warp.
template <int width>
__device__ void head_of_rows(const HeadOperands& to, int number) {
  __shared__ float parts[warps][rows_of_block * width];
  __shared__ float dz[rows_of_block][width];
  const int warp = static_cast<int>(threadIdx.x) / warp_size, column = static_cast<int>(threadIdx.x) % width;
  const int row = static_cast<int>(blockIdx.x) * rows_of_block + warp;
  // Asked for first: one waits for the other.
  const int label = warp < rows_of_block && row < to.batch.rows
                        ? to.labels[to.batch.order[to.batch.place(number, row)]]
                        : 0;

  Inputs<width> inputs;
  multiply<width>(to, inputs, parts);
  __syncthreads();
  if (warp < rows_of_block) {
    float product = 0;
#pragma unroll
    for (int w = 0; w < warps; ++w) product += parts[w][warp * width + column];
    finish_row<width>(to, row, label, product, dz[warp]);
  }
  __syncthreads();

  float* const sums = to.partial + std::int64_t{blockIdx.x} * cols_of_head_partial(to.in);
  const int last = (to.in - 1) / chunk<width> * chunk<width>;
  for (int first = last; first >= 0; first -= chunk<width>) {
    if (first != last) inputs.load(to, first);
    grad_below<width>(to, first, inputs, dz, sums);
  }
  if (static_cast<int>(threadIdx.x) < to.classes) {
    float sum = 0;
    for (int r = 0; r < rows_of_block; ++r) sum += dz[r][threadIdx.x];
    sums[first_class_of_head_partial(to.in) + static_cast<int>(threadIdx.x)] = sum;
  }
}

// A block owns four rows. Bound by latencies: those of one reading of w and x from L2, of 62 shuffles, of
// softmax.
template <int width>
__global__ void __launch_bounds__(threads, 1) head_block_per_rows(HeadOperands to, StepNumber step) {
  head_of_rows<width>(to, step.value());
}

template <int width>
void start(cudaStream_t stream, const HeadOperands& to, StepNumber step) {
  launch(stream, {.blocks = {static_cast<unsigned>(blocks_of_head(to.batch.rows))}, .threads = {threads}},
         head_block_per_rows<width>, to, step);
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
