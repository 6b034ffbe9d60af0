// How exactly a device multiplies matrices. Weights, sums and all else are float in both.
#pragma once

#include <string_view>

namespace duet {

enum class Precision {
  fp32,
  tf32,  // factors are rounded to 11 bits: many times as fast where a GPU has it
};

constexpr std::string_view name_of(Precision precision) {
  return precision == Precision::tf32 ? "tf32" : "fp32";
}

}  // namespace duet
