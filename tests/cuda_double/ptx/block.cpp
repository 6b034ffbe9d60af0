#include "tests/cuda_double/ptx/block.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

constexpr int turn = 8;  // turns of each warp

}  // namespace

Block::Block(RunningGrid& grid, std::uint32_t number)
    : grid_(grid),
      number_(number),
      threads_(grid.launch().threads[0] * grid.launch().threads[1] * grid.launch().threads[2]),
      shared_(grid.code().static_shared + grid.launch().dynamic_shared, std::byte{0xff}) {  // NaNs
  if (grid.shadow() != nullptr) shadow_ = std::make_unique<SharedShadow>(*Running::now(), shared_.size());
  const std::uint32_t warps = (threads_ + warp_size - 1) / warp_size;
  for (const std::uint32_t warp : order_of(grid.launch().schedule, warps, number + 1)) {
    warps_.push_back(std::make_unique<Warp>(*this, warp));
  }
}

bool Block::run() {
  for (int turns = 0; turns < turn; ++turns) {
    bool all_wait = true, all_finished = true;
    for (const auto& warp : warps_) {
      const Warp::Pause pause = warp->run();
      all_wait &= pause != Warp::Pause::spent;
      all_finished &= pause == Warp::Pause::finished;
    }
    if (all_finished) return true;
    if (all_wait) {
      pass_barrier();
      turns = 0;
    }
  }
  return false;
}

void Block::pass_barrier() {
  const Instruction* const barrier = check_barrier();
  if (barrier->reduction != Reduction::none) reduce(*barrier);
  ++barriers_;
  for (const auto& warp : warps_) warp->pass_barrier();
}

// All threads that have not ended wait. Gives the barrier of one of them.
const Instruction* Block::check_barrier() const {
  const Instruction* first = nullptr;
  std::uint32_t id = 0, waiting = 0;
  for (const auto& warp : warps_) {
    bool differs = false;
    each_lane(warp->at_barrier(), [&](int lane) {
      ++waiting;
      const Instruction& barrier = grid_.code().instructions[warp->place_of(lane)];
      const std::uint32_t its_id = warp->at<std::uint32_t>(barrier.at[0])[lane];
      if (first == nullptr) {
        first = &barrier;
        id = its_id;
      }
      differs |= id != its_id || (first != &barrier && (first->aligned || barrier.aligned));
      if (barrier.at[1] != no_register && warp->at<std::uint32_t>(barrier.at[1])[lane] != threads_) {
        grid_.complain(Check::unsupported, *warp, barrier, lane, "a barrier for a part of the block");
        throw Stopped{Ended::illegal_instruction};
      }
    });
    if (differs) {
      grid_.complain(Check::barrier, *warp, *first, 0,
                     "threads of the block wait at another barrier than this");
    }
  }
  if (waiting != threads_) {
    grid_.complain(Check::barrier, *warps_[0], *first, 0,
                   fmt::format("{} of {} threads of the block have ended and never come to this barrier",
                               threads_ - waiting, threads_));
  }
  return first;
}

// bar.red: the count of the threads whose predicate holds, or whether any or all do.
void Block::reduce(const Instruction& instruction) {
  std::uint32_t holds = 0, asked = 0;
  for (const auto& warp : warps_) {
    holds += std::popcount(lanes_where(warp->at<bool>(instruction.at[3])) & warp->at_barrier());
    asked += std::popcount(warp->at_barrier());
  }
  for (const auto& warp : warps_) {
    each_lane(warp->at_barrier(), [&](int lane) {
      if (instruction.reduction == Reduction::count) {
        warp->at<std::uint32_t>(instruction.at[2])[lane] = holds;
      } else {
        warp->at<bool>(instruction.at[2])[lane] =
            instruction.reduction == Reduction::all ? holds == asked : holds != 0;
      }
    });
  }
}

void Block::set_special_registers(Warp& warp) const {
  const Launch& launch = grid_.launch();
  const auto block = place_in(launch.blocks, number_);
  const auto value = [&](Special what, std::uint32_t lane) -> std::uint32_t {
    const auto thread = place_in(launch.threads, warp.number() * warp_size + lane);
    const std::uint32_t bit = 1u << lane;
    switch (what) {
      case Special::tid_x: return thread[0];
      case Special::tid_y: return thread[1];
      case Special::tid_z: return thread[2];
      case Special::ntid_x: return launch.threads[0];
      case Special::ntid_y: return launch.threads[1];
      case Special::ntid_z: return launch.threads[2];
      case Special::ctaid_x: return block[0];
      case Special::ctaid_y: return block[1];
      case Special::ctaid_z: return block[2];
      case Special::nctaid_x: return launch.blocks[0];
      case Special::nctaid_y: return launch.blocks[1];
      case Special::nctaid_z: return launch.blocks[2];
      case Special::laneid: return lane;
      case Special::warpid: return warp.number();
      case Special::smid: return 0;
      case Special::lanemask_eq: return bit;
      case Special::lanemask_lt: return bit - 1;
      case Special::lanemask_le: return bit | (bit - 1);
      case Special::lanemask_gt: return ~(bit | (bit - 1));
      case Special::lanemask_ge: return ~(bit - 1);
      case Special::dynamic_smem_size: return static_cast<std::uint32_t>(launch.dynamic_shared);
      case Special::total_smem_size: return static_cast<std::uint32_t>(shared_.size());
      case Special::dynamic_shared: return static_cast<std::uint32_t>(grid_.code().static_shared);
    }
    return 0;
  };
  for (const auto& [at, size, what] : grid_.code().specials) {
    for (std::uint32_t lane = 0; lane < warp_size; ++lane) {
      const std::uint64_t number = value(what, lane);
      std::memcpy(warp.at<std::byte>(at) + lane * size, &number, size);
    }
  }
}

}  // namespace duet::cuda_double::ptx
