// A block of threads: its warps, the memory they share, and the barrier where they meet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/cuda_double/machine/shadow.h"
#include "tests/cuda_double/ptx/warp.h"

namespace duet::cuda_double::ptx {

class RunningGrid;

class Block {
 public:
  Block(RunningGrid& grid, std::uint32_t number);

  bool run();  // whether it has ended; else its turn is over

  RunningGrid& grid() { return grid_; }
  std::uint32_t number() const { return number_; }
  std::uint32_t threads() const { return threads_; }
  std::uint32_t barriers() const { return barriers_; }
  std::byte* shared() { return shared_.data(); }
  std::size_t shared_bytes() const { return shared_.size(); }
  SharedShadow* shadow() { return shadow_.get(); }  // null: accesses are not followed
  void set_special_registers(Warp& warp) const;

 private:
  void pass_barrier();
  const Instruction* check_barrier() const;
  void reduce(const Instruction& instruction);

  RunningGrid& grid_;
  const std::uint32_t number_, threads_;
  std::uint32_t barriers_ = 0;
  std::vector<std::byte> shared_;
  std::unique_ptr<SharedShadow> shadow_;
  std::vector<std::unique_ptr<Warp>> warps_;  // in the order in which they run
};

}  // namespace duet::cuda_double::ptx
