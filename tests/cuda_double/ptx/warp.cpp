#include "tests/cuda_double/ptx/warp.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

constexpr int turn = 1 << 14;  // instructions; a lane, warp or block that spins must let others go on

}  // namespace

LaneMask lanes_where(const bool* predicate) {
  LaneMask mask = 0;
  for (int first = 0; first < warp_size; first += 8) {
    std::uint64_t bytes;  // each 0 or 1: the product brings byte i to bit 56 + i
    std::memcpy(&bytes, predicate + first, sizeof bytes);
    mask |= static_cast<LaneMask>((bytes * 0x0102040810204080u) >> 56) << first;
  }
  return mask;
}

Warp::Warp(Block& block, std::uint32_t number)
    : block_(block),
      number_(number),
      registers_(block.grid().take_registers()),
      local_(warp_size * block.grid().code().local_bytes) {
  const std::uint32_t threads = block.threads() - warp_size * number;
  running_ = threads >= warp_size ? all_lanes : (LaneMask{1} << threads) - 1;
  gone_ = ~running_;
  block.set_special_registers(*this);
}

Warp::~Warp() { block_.grid().give_registers(registers_); }

std::byte* Warp::local(int lane) { return local_.data() + lane * block_.grid().code().local_bytes; }

Agent Warp::agent(const Instruction& instruction) const {
  Agent agent{.block = block_.number(),
              .thread = number_ * warp_size,
              .barriers = block_.barriers(),
              .warp_syncs = syncs_,
              .file = "PTX",
              .line = instruction.ptx_line};
  if (instruction.place != 0) {
    const SourcePlace& place = (*block_.grid().code().places)[instruction.place];
    agent.file = place.file.c_str();
    agent.line = place.line;
  }
  return agent;
}

Warp::Pause Warp::run() {
  for (int left = turn; left > 0;) {
    if (running_ != 0) {
      left -= run_group();
    } else if (at_sync_ != 0) {
      free_the_stuck();
    } else {
      return at_barrier_ != 0 ? Pause::barrier : Pause::finished;
    }
  }
  return Pause::spent;
}

Warp::Group Warp::next_group() const {
  Group group;
  group.pc = group.limit = std::numeric_limits<std::int64_t>::max();
  each_lane(running_ & ~passed_over_, [&](int lane) {
    if (pc_[lane] < group.pc) {
      group.limit = group.pc;
      group.pc = pc_[lane];
      group.lanes = 0;
    } else if (pc_[lane] > group.pc) {
      group.limit = std::min(group.limit, pc_[lane]);
    }
    if (pc_[lane] == group.pc) group.lanes |= LaneMask{1} << lane;
  });
  return group;
}

// Returns how many instructions that were.
int Warp::run_group() {
  if ((running_ & ~passed_over_) == 0) passed_over_ = 0;
  Group group = next_group();
  const Instruction* const code = block_.grid().code().instructions.data();
  int steps = 0;
  while (group.pc < group.limit) {
    const Instruction& instruction = code[group.pc];
    active_ = group.lanes;
    if (instruction.guard != no_register) {
      const LaneMask holds = lanes_where(at<bool>(instruction.guard));
      active_ &= instruction.guard_negated ? ~holds : holds;
    }
    if (++steps == turn) {
      passed_over_ |= group.lanes;
      break;
    }
    if (active_ == 0) {
      ++group.pc;
    } else if (instruction.flow == Flow::none) {
      instruction.run(*this, instruction);
      ++group.pc;
    } else if (!follow(instruction, group)) {
      block_.grid().count(steps);
      return steps;
    }
  }
  each_lane(group.lanes, [&](int lane) { pc_[lane] = group.pc; });
  block_.grid().count(steps);
  return steps;
}

// The active lanes of the group go on at a place of their own.
void Warp::part(const Group& group, std::int64_t pc_of_active) {
  each_lane(group.lanes & ~active_, [&](int lane) { pc_[lane] = group.pc + 1; });
  each_active([&](int lane) { pc_[lane] = pc_of_active; });
}

// False: the group is no more.
bool Warp::follow(const Instruction& instruction, Group& group) {
  switch (instruction.flow) {
    case Flow::branch:
      if (active_ == group.lanes) {
        group.pc = instruction.value;
        return true;
      }
      part(group, instruction.value);
      return false;
    case Flow::indexed_branch:
      part(group, instruction.value);
      each_active([&](int lane) { pc_[lane] += at<std::uint32_t>(instruction.at[0])[lane]; });
      return false;
    case Flow::exit:
      part(group, group.pc);
      running_ &= ~active_;
      gone_ |= active_;
      return false;
    case Flow::barrier:
      part(group, group.pc);
      running_ &= ~active_;
      at_barrier_ |= active_;
      return false;
    case Flow::warp_sync: return meet(instruction, group);
    case Flow::trap: throw Stopped{Ended::illegal_instruction};
    case Flow::none: break;
  }
  return true;
}

void Warp::pass_barrier() {
  each_lane(at_barrier_, [&](int lane) { ++pc_[lane]; });
  running_ |= std::exchange(at_barrier_, 0);
}

// The active lanes have come to an operation of the warp.
bool Warp::meet(const Instruction& instruction, Group& group) {
  const LaneMask* const members = at<LaneMask>(instruction.members);
  bool all_here = active_ == group.lanes;
  each_active([&](int lane) { all_here &= members[lane] == active_; });
  if (all_here) {
    instruction.run(*this, instruction);
    ++group.pc;
    return true;
  }
  part(group, group.pc);
  running_ &= ~active_;
  at_sync_ |= active_;
  each_active([&](int lane) { members_[lane] = members[lane]; });
  for (LaneMask came = active_; (came &= at_sync_) != 0; came &= came - 1) {
    const int lane = std::countr_zero(came);
    if ((members_[lane] & ~met(lane) & ~gone_) == 0) meet_now(lane);
  }
  return false;
}

// Who waits for the same as this lane: at the same instruction, but a plain barrier may be in two places.
LaneMask Warp::met(int of) const {
  const auto& code = block_.grid().code().instructions;
  LaneMask lanes = 0;
  each_lane(at_sync_, [&](int lane) {
    const bool same_place =
        pc_[lane] == pc_[of] || (code[pc_[of]].is_plain_sync && code[pc_[lane]].is_plain_sync);
    if (same_place && members_[lane] == members_[of]) lanes |= LaneMask{1} << lane;
  });
  return lanes;
}

void Warp::meet_now(int lane) {
  const Instruction& instruction = block_.grid().code().instructions[pc_[lane]];
  const LaneMask here = met(lane), members = members_[lane];
  if (here != members) {
    const LaneMask missing = members & ~here;
    const std::string who = missing == 0 ? fmt::format("made by others too: {:#010x}", here)
                                         : fmt::format("of which {:#010x} will never come", missing);
    block_.grid().complain(Check::barrier, *this, instruction, lane,
                           fmt::format("an operation of lanes {:#010x} of a warp, {}{}", members, who,
                                       (missing & gone_) != 0 ? " (they have ended)" : ""));
  }
  active_ = here;
  instruction.run(*this, instruction);
  each_active([&](int each) { ++pc_[each]; });
  at_sync_ &= ~here;
  running_ |= here;
}

// All lanes wait, and not for the same.
void Warp::free_the_stuck() {
  int lowest = std::countr_zero(at_sync_);
  each_lane(at_sync_, [&](int lane) {
    if (pc_[lane] < pc_[lowest]) lowest = lane;
  });
  meet_now(lowest);
}

}  // namespace duet::cuda_double::ptx
