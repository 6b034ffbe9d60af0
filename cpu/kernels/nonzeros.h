// Picks the nonzero elements out of a row.
#pragma once

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "cpu/kernels/kernels.h"

namespace duet::cpu::DUET_KERNELS {

#ifdef __AVX512F__
// Sixteen at a time: pairs of column and value are pushed together by the mask of those that count.
inline int list_nonzeros(const float* x, int first, int n, Nonzero* to) {
  const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i high = _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
  int count = 0;
  for (int j = 0; j < n; j += 16) {
    const __mmask16 inside = n - j >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n - j)) - 1);
    const __m512 value = _mm512_maskz_loadu_ps(inside, x + j);
    const __m512i column = _mm512_add_epi32(lane, _mm512_set1_epi32(first + j));
    const unsigned mask = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    const auto push = [&](const __m512i& pick, unsigned eight) {
      const __m512i pairs = _mm512_permutex2var_epi32(column, pick, _mm512_castps_si512(value));
      _mm512_storeu_si512(to + count, _mm512_maskz_compress_epi64(static_cast<__mmask8>(eight), pairs));
      count += __builtin_popcount(eight);
    };
    push(low, mask & 0xFF);
    push(high, mask >> 8);
  }
  return count;
}
#else
// Without a branch that could be guessed wrong: what does not count is overwritten.
inline int list_nonzeros(const float* x, int first, int n, Nonzero* to) {
  int count = 0;
  for (int j = 0; j < n; ++j) {
    const Nonzero element{static_cast<std::uint32_t>(first + j), x[j]};
    __builtin_memcpy(to + count, &element, sizeof element);
    count += x[j] != 0 ? 1 : 0;
  }
  return count;
}
#endif

inline int count_nonzeros(const float* x, int n) {
  int count = 0;
  for (int j = 0; j < n; ++j) count += x[j] != 0 ? 1 : 0;
  return count;
}

}  // namespace duet::cpu::DUET_KERNELS
