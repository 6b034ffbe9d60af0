#include "tests/cuda_double/cublaslt/multiply.h"

#include <algorithm>

namespace duet::cuda_double {
namespace {

constexpr std::int64_t columns = Columns::at_a_time;  // sums in registers, of which AVX2 has 16
using Vector
    [[gnu::vector_size(Panels::height * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] = float;

// A panel of a times `columns` columns of b.
[[gnu::always_inline]] inline void multiply_tile(const float* a, const float* b, float* c, std::int64_t k,
                                                 std::int64_t chain, std::int64_t first) {
  Vector sum[columns] = {};
  const std::int64_t chains = (k + chain - 1) / chain;
  for (std::int64_t turn = 0; turn < chains; ++turn) {
    const std::int64_t begin = (first + turn) % chains * chain;
    const std::int64_t end = std::min(k, begin + chain);
    Vector of_chain[columns] = {};
    for (std::int64_t i = begin; i < end; ++i) {
      const Vector of_a = *reinterpret_cast<const Vector*>(a + i * Panels::height);
      for (std::int64_t j = 0; j < columns; ++j) of_chain[j] += of_a * b[j * k + i];
    }
    for (std::int64_t j = 0; j < columns; ++j) sum[j] += of_chain[j];
  }
  for (std::int64_t j = 0; j < columns; ++j) reinterpret_cast<Vector*>(c)[j] = sum[j];
}

[[gnu::always_inline]] inline void multiply_all(const Panels& a, const Columns& b, Panels& c,
                                                std::int64_t chain, std::int64_t first) {
  for (std::int64_t i = 0; i < a.rows; i += Panels::height) {
    for (std::int64_t j = 0; j < c.cols; j += columns)
      multiply_tile(&a.data[a.place(i, 0)], &b.data[b.place(0, j)], &c.data[c.place(i, j)], a.cols, chain,
                    first);
  }
}

void multiply_baseline(const Panels& a, const Columns& b, Panels& c, std::int64_t chain, std::int64_t first) {
  multiply_all(a, b, c, chain, first);
}
#ifdef __x86_64__
[[gnu::target("avx2")]] void multiply_avx2(const Panels& a, const Columns& b, Panels& c, std::int64_t chain,
                                           std::int64_t first) {
  multiply_all(a, b, c, chain, first);
}
#endif

}  // namespace

Panels multiply(const Panels& a, const Columns& b, std::int64_t chain, std::int64_t first) {
  Panels c(a.rows, b.cols);
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") != 0) {
    multiply_avx2(a, b, c, chain, first);
    return c;
  }
#endif
  multiply_baseline(a, b, c, chain, first);
  return c;
}

}  // namespace duet::cuda_double
