// Which instruction set the kernels use: the best that this processor has and DUET_ISA allows.
#pragma once

#include <string_view>
#include <vector>

#include "cpu/kernels/kernels.h"

namespace duet::cpu {

// In ascending order; a build for another architecture than x86-64 has the baseline alone.
std::vector<const Kernels*> usable_kernels();

// The last of these that is not above `cap` ("baseline", "avx2", "avx512"; empty: no cap).
// Throws Error(usage) for another word.
const Kernels& kernels_up_to(std::string_view cap);

// kernels_up_to the environment's DUET_ISA.
const Kernels& chosen_kernels();

}  // namespace duet::cpu
