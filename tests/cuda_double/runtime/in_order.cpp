#include "tests/cuda_double/runtime/in_order.h"

#include <iterator>
#include <set>

namespace duet::cuda_double {

void run_in_order(const Predecessors& after, const Schedule& schedule, std::uint64_t salt,
                  const std::function<void(std::uint32_t)>& run) {
  std::vector<std::vector<std::uint32_t>> before(after.size());
  std::vector<std::size_t> missing(after.size());
  std::set<std::uint32_t> ready;
  for (std::uint32_t i = 0; i < after.size(); ++i) {
    missing[i] = after[i].size();
    if (missing[i] == 0) ready.insert(i);
    for (const std::uint32_t j : after[i]) before[j].push_back(i);
  }
  while (!ready.empty()) {
    const auto pick = order_of(schedule, static_cast<std::uint32_t>(ready.size()), salt++).front();
    const std::uint32_t next = ready.extract(std::next(ready.begin(), pick)).value();
    run(next);
    for (const std::uint32_t i : before[next]) {
      if (--missing[i] == 0) ready.insert(i);
    }
  }
}

}  // namespace duet::cuda_double
