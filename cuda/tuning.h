// Which of a product's algorithms is the fastest: what is known, or, where somebody asks for that, what is
// measured.
#pragma once

#include <string>

#include "cuda/device.h"
#include "cuda/matmul.h"

namespace duet::cuda {

// Leaves the product as the rule has it where the device's Tuning knows nothing of it and wants nothing.
// Measuring writes all that the product writes.
void tune(Matmul& product, const std::string& call, const Device& device);

}  // namespace duet::cuda
