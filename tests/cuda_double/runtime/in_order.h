// Runs things of which some must come after others, in one of the orders that this allows.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/cuda_double/machine/order.h"

namespace duet::cuda_double {

using Predecessors = std::vector<std::vector<std::uint32_t>>;  // [i]: the things that i comes after

// Among those that may run the schedule picks: the first, the last, any. `salt` as of order_of().
void run_in_order(const Predecessors& after, const Schedule& schedule, std::uint64_t salt,
                  const std::function<void(std::uint32_t)>& run);

}  // namespace duet::cuda_double
