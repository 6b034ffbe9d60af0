// A vector of floats as wide as the instruction set that this file is compiled for, by the compiler's own
// vectors.
#pragma once

namespace duet::cpu::DUET_KERNELS {

#if defined(__AVX512F__)
constexpr int lanes = 16, registers = 32;
#elif defined(__AVX__)
constexpr int lanes = 8, registers = 16;
#else
constexpr int lanes = 4, registers = 16;
#endif

using Floats [[gnu::vector_size(lanes * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] = float;

inline Floats load(const float* p) { return *reinterpret_cast<const Floats*>(p); }
inline void store(float* p, Floats v) { *reinterpret_cast<Floats*>(p) = v; }

}  // namespace duet::cpu::DUET_KERNELS
