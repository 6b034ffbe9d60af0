#include "cpu/plan.h"

#include <algorithm>

#include "core/layout.h"
#include "cpu/access.h"

namespace duet::cpu {
void Plan::begin(const Op& op) {
  own_ = accesses(op);
  std::erase_if(prepared_, [&](const Prepared& known) {  // what it was made of is written anew
    const Access source = reads(known.source);
    return conflict(own_, {&source, 1});
  });
  earliest_ = 0;
}

void Plan::stage(int tiles, Tiles run) { earliest_ = add(own_, earliest_, {tiles, std::move(run)}) + 1; }

void Plan::prepare(const std::vector<Access>& touched, int tiles, Tiles run) {
  add(touched, 0, {tiles, std::move(run)});
}

// Behind the last phase in which something is in its way. Returns where.
std::size_t Plan::add(const std::vector<Access>& touched, std::size_t earliest, Stage stage) {
  std::size_t at = phases_.size();
  while (at > earliest && !conflict(touched, touched_[at - 1])) --at;
  if (at == phases_.size()) {
    phases_.emplace_back();
    touched_.emplace_back();
  }
  phases_[at].push_back(std::move(stage));
  touched_[at].insert(touched_[at].end(), touched.begin(), touched.end());
  return at;
}

void Plan::want_scratch(std::size_t floats) {
  scratch_floats_ = std::max(scratch_floats_, round_up(floats, line));
}

}  // namespace duet::cpu
