// Softmax of a row that `lanes` neighbouring lanes of a warp hold: lane c has the logits c, c + lanes, ...
#pragma once

#include <cmath>

#include "cuda/kernels/warp.cuh"

namespace duet::cuda {

struct RowSoftmax {
  Place maximum;  // of the logits, the first one
  float sum;      // of exp(z - max)
};

// The first maximum; 0 where nothing is a number.
template <int lanes>
__device__ inline int predicted_class(const RowSoftmax& row, int classes) {
  return row.maximum.index < classes ? row.maximum.index : 0;
}

// logit(c) for c of this lane.
template <int lanes, class Logit>
__device__ inline RowSoftmax softmax_of_row(int classes, const Logit& logit) {
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  Place best{-INFINITY, classes};
  for (int c = lane; c < classes; c += lanes) best = first_greater(best, {logit(c), c});
  best = maximum_of_lanes<lanes>(best);
  float sum = 0;
  for (int c = lane; c < classes; c += lanes) sum += expf(logit(c) - best.value);
  return {best, sum_of_lanes<lanes>(sum)};
}

}  // namespace duet::cuda
