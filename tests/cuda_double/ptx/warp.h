// 32 threads that run in lockstep where they can. Every lane has its own place in the code; the lanes that
// are furthest behind run first, so that those who took different ways meet where the ways meet.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "tests/cuda_double/machine/shadow.h"
#include "tests/cuda_double/ptx/code.h"

namespace duet::cuda_double::ptx {

class Block;

using LaneMask = std::uint32_t;
constexpr LaneMask all_lanes = ~LaneMask{0};

template <class F>
void each_lane(LaneMask lanes, F f) {
  if (lanes == all_lanes) {
    for (int lane = 0; lane < warp_size; ++lane) f(lane);
  } else {
    for (; lanes != 0; lanes &= lanes - 1) f(std::countr_zero(lanes));
  }
}

// The lanes for which the predicate holds.
LaneMask lanes_where(const bool* predicate);

class Warp {
 public:
  Warp(Block& block, std::uint32_t number);
  ~Warp();
  Warp(const Warp&) = delete;
  Warp& operator=(const Warp&) = delete;

  enum class Pause { finished, barrier, spent };
  Pause run();  // until nothing of it can go on, or its turn is over

  // For instructions.
  template <class T>
  T* at(std::uint32_t offset) {
    return reinterpret_cast<T*>(registers_ + offset);
  }
  LaneMask active() const { return active_; }
  template <class F>
  void each_active(F f) {
    each_lane(active_, f);
  }
  Block& block() { return block_; }
  std::uint32_t number() const { return number_; }
  std::byte* local(int lane);                         // its memory in .local
  Agent agent(const Instruction& instruction) const;  // of lane 0
  void sync() { ++syncs_; }

  // For the barrier of the block.
  LaneMask at_barrier() const { return at_barrier_; }
  std::int64_t place_of(int lane) const { return pc_[lane]; }
  void pass_barrier();

 private:
  struct Group {
    LaneMask lanes = 0;
    std::int64_t pc = 0, limit = 0;  // limit: where others wait for it
  };
  Group next_group() const;
  int run_group();
  bool follow(const Instruction& instruction, Group& group);
  void part(const Group& group, std::int64_t pc_of_active);
  bool meet(const Instruction& instruction, Group& group);
  void meet_now(int lane);
  LaneMask met(int of) const;
  void free_the_stuck();

  Block& block_;
  const std::uint32_t number_;
  std::byte* registers_;
  std::vector<std::byte> local_;
  LaneMask active_ = 0;
  std::array<std::int64_t, warp_size> pc_{};
  // Every lane is in one of these, or at a barrier, or gone.
  LaneMask running_, at_barrier_ = 0, at_sync_ = 0, gone_;
  LaneMask passed_over_ = 0;                   // running, but had their turn
  std::array<LaneMask, warp_size> members_{};  // of at_sync_: whom each waits for
  std::uint32_t syncs_ = 0;
};

}  // namespace duet::cuda_double::ptx
