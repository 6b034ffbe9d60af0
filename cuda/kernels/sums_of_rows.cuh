// What a block makes of all rows: the result of the step, and sums over rows. Called by all
// threads of a block of `threads`; every sum has one order.
#pragma once

#include <cmath>

#include "cuda/kernels/kernels.h"
#include "cuda/kernels/warp.cuh"

namespace duet::cuda {

// The mean of the rows' losses, summed in double, and how many were right; then the clock moves on.
template <int threads>
__device__ inline void finish_step(const LossOutput& to, int rows, int step) {
  __shared__ double losses[threads];
  __shared__ unsigned corrects[threads];
  const int t = static_cast<int>(threadIdx.x);
  double loss = 0;
  unsigned correct = 0;
  for (int row = t; row < rows; row += threads) {
    loss += double{to.rows[row].loss};
    correct += to.rows[row].correct ? 1 : 0;
  }
  losses[t] = loss;
  corrects[t] = correct;
  for (int half = threads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (t < half) {
      losses[t] += losses[t + half];
      corrects[t] += corrects[t + half];
    }
  }
  if (t == 0) {
    const auto mean = static_cast<float>(losses[0] / rows);
    to.results[step] = {mean, corrects[0], static_cast<unsigned>(rows)};
    if (to.stopped != nullptr && !isfinite(mean)) *to.stopped = 1;
    if (to.tick.next != nullptr) *to.tick.next = step + 1;
  }
}

// sum (cols) = sums of the columns of m (rows, cols): a warp adds every eighth row of 32 columns, then the
// first warp adds what the eight have.
template <int threads>
__device__ inline void sum_columns(const float* m, int ld, int rows, int cols, float* sum) {
  constexpr int warps = threads / warp_size;
  __shared__ float part[warps][warp_size];
  const int lane = static_cast<int>(threadIdx.x) % warp_size,
            warp = static_cast<int>(threadIdx.x) / warp_size;
  for (int first = 0; first < cols; first += warp_size) {
    const int column = first + lane;
    float mine = 0;
    if (column < cols) {
      for (int row = warp; row < rows; row += warps) mine += m[std::int64_t{row} * ld + column];
    }
    part[warp][lane] = mine;
    __syncthreads();
    if (warp == 0 && column < cols) {
      float all = 0;
      for (int w = 0; w < warps; ++w) all += part[w][lane];
      sum[column] = all;
    }
    __syncthreads();
  }
}

}  // namespace duet::cuda
