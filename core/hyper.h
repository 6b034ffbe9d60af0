// What a user sets of Adam.
#pragma once

#include <cstdint>

namespace duet {

// Lives on the device, so that the host changes it between runs without compiling again.
struct Hyper {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7;
  std::uint64_t updates = 0;  // made before step 0 of the run
};

}  // namespace duet
