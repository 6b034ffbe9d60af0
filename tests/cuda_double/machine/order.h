// The orders in which things that may run in any order are run: blocks of a grid, warps of a block, works of
// streams that wait for nothing. What is right in one only is a race that has been lucky.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace duet::cuda_double {

struct Schedule {
  enum Kind { ascending, descending, random } kind = ascending;
  std::uint64_t seed = 1;  // of random
};
// "ascending", "descending", "random", "random:7". Throws std::invalid_argument for anything else.
Schedule parse_schedule(std::string_view text);

// 0 .. count - 1 in the order of the schedule. Calls with another `salt` differ where it is random.
std::vector<std::uint32_t> order_of(const Schedule& schedule, std::uint32_t count, std::uint64_t salt);

}  // namespace duet::cuda_double
