#include "tests/cuda_double/cublaslt/algorithms.h"

#include <algorithm>

#include "tests/cuda_double/runtime/library.h"

namespace duet::cuda_double {
namespace {

constexpr Tile of_64x64{CUBLASLT_MATMUL_TILE_64x64, 64, 64};
constexpr Tile of_128x64{CUBLASLT_MATMUL_TILE_128x64, 128, 64};
constexpr Tile of_128x128{CUBLASLT_MATMUL_TILE_128x128, 128, 128};

constexpr Algorithm algorithms[] = {
    // id, TF32, tile, stages, splits, reduction, step, alignment
    {10, false, of_128x64, CUBLASLT_MATMUL_STAGES_8x5, 1, CUBLASLT_REDUCTION_SCHEME_NONE, 8, 16},
    {11, false, of_64x64, CUBLASLT_MATMUL_STAGES_8x4, 1, CUBLASLT_REDUCTION_SCHEME_NONE, 0, 4},
    {13, false, of_64x64, CUBLASLT_MATMUL_STAGES_8x4, 4, CUBLASLT_REDUCTION_SCHEME_INPLACE, 0, 4},
    {12, false, of_64x64, CUBLASLT_MATMUL_STAGES_8x4, 4, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE, 0, 4},
    {20, true, of_128x128, CUBLASLT_MATMUL_STAGES_32x3, 1, CUBLASLT_REDUCTION_SCHEME_NONE, 8, 16},
    {21, true, of_64x64, CUBLASLT_MATMUL_STAGES_16x4, 1, CUBLASLT_REDUCTION_SCHEME_NONE, 0, 4},
    {23, true, of_64x64, CUBLASLT_MATMUL_STAGES_16x4, 4, CUBLASLT_REDUCTION_SCHEME_INPLACE, 0, 4},
    {22, true, of_64x64, CUBLASLT_MATMUL_STAGES_16x4, 4, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE, 0, 4},
};
constexpr std::size_t of_a_kind = 4;  // without TF32, and with it
// Of an H100's first proposals, sums of 128 products were never split, of 500 always where tiles were few.
constexpr std::int64_t long_k = 256;

std::int64_t divide_up(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }

}  // namespace

std::int64_t Algorithm::chain(std::int64_t k) const {
  return splits == 1 && step > 0 ? step : divide_up(k, splits);
}

std::uint64_t Algorithm::implementation() const {
  return CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_32F |
         (tf32 ? CUBLASLT_NUMERICAL_IMPL_FLAGS_HMMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32
               : CUBLASLT_NUMERICAL_IMPL_FLAGS_FMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_32F);
}

std::size_t Algorithm::workspace(const Problem& problem) const {
  switch (reduction) {
    case CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE:
      return static_cast<std::size_t>(splits * problem.m * problem.n) * sizeof(float);
    case CUBLASLT_REDUCTION_SCHEME_INPLACE:  // a counter for each tile
      return static_cast<std::size_t>(tiles(problem)) * sizeof(std::uint32_t);
    default: return alignment > 4 ? 16 << 10 : 0;
  }
}

std::int64_t Algorithm::tiles(const Problem& problem) const {
  return divide_up(problem.m, tile.rows) * divide_up(problem.n, tile.cols);
}

float Algorithm::waves(const Problem& problem) const {
  return static_cast<float>(tiles(problem) * splits) / static_cast<float>(multiprocessors());
}

// The longer its sums the longer it takes; parts of k are added afterwards. An algorithm of single sums is
// faster than that with steps, though by so little that on a device nobody could tell.
double Algorithm::microseconds(const Problem& problem) const {
  const double start = step == 0 ? 1.99 : 2, of_parts = 0.3 * (splits - 1);
  return start + of_parts + 0.01 * static_cast<double>(divide_up(problem.k, splits));
}

// FAST_TF32 allows TF32 and does not demand it: where tensor cores do not know it (before 8.0), products are
// made as with 32F.
std::span<const Algorithm> algorithms_for(cublasComputeType_t compute_type) {
  const bool tf32 = compute_type == CUBLAS_COMPUTE_32F_FAST_TF32 && compute_capability() >= 80;
  return std::span(algorithms).subspan(tf32 ? of_a_kind : 0, of_a_kind);
}

std::vector<const Algorithm*> ranked_algorithms_for(const Problem& problem) {
  std::vector<const Algorithm*> all;
  for (const Algorithm& one : algorithms_for(problem.compute_type)) all.push_back(&one);
  std::stable_partition(all.begin(), all.end(), [&](const Algorithm* one) {
    return one->splits > 1 && problem.k >= long_k && one->waves(problem) <= 1;
  });
  return all;
}

const Algorithm* find_algorithm(int id) {
  for (const Algorithm& one : algorithms) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

}  // namespace duet::cuda_double
