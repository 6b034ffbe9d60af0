// Denormal numbers become zero while one of these lives, on its thread. The moments of a unit that went
// silent decay towards zero for the rest of the run, and on many processors an operation on a denormal takes
// a hundred times as long.
#pragma once

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace duet::cpu {

class FlushDenormals {
 public:
#ifdef __x86_64__
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | flush_to_zero | denormals_are_zero); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned flush_to_zero = 1 << 15, denormals_are_zero = 1 << 6;  // bits of MXCSR
  unsigned before_;

 public:
#else
  FlushDenormals() {}  // other processors take denormals at full speed, or nearly
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

}  // namespace duet::cpu
