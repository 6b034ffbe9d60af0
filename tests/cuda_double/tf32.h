// TF32: floats of 10 bits behind the point, in words whose lowest 13 bits are zero.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace duet::cuda_double {

constexpr std::uint32_t bits_beyond_tf32 = 0x1fff;

// To the nearest, ties away from zero, as PTX's cvt.rna.tf32.f32 does; a NaN stays one, and is quiet.
inline float to_tf32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = std::isnan(value) ? bits | 0x400000 : bits + (bits_beyond_tf32 + 1) / 2;
  return std::bit_cast<float>(rounded & ~bits_beyond_tf32);
}

}  // namespace duet::cuda_double
