// A kernel while it runs.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/machine/shadow.h"
#include "tests/cuda_double/ptx/code.h"
#include "tests/cuda_double/ptx/grid.h"
#include "tests/cuda_double/ptx/warp.h"

namespace duet::cuda_double::ptx {

// What a device would stop at.
struct Stopped {
  Ended how;
};

// Number `linear` of a grid or a block of this size, as x, y, z.
std::array<std::uint32_t, 3> place_in(const std::array<std::uint32_t, 3>& size, std::uint32_t linear);

// An allocation of device memory, and where the double has it.
struct Range {
  Address begin;
  std::size_t bytes;
  std::byte* storage;
  bool contains(Address address, std::size_t count) const {
    return address - begin < bytes && bytes - (address - begin) >= count;
  }
};

class RunningGrid {
 public:
  explicit RunningGrid(const Launch& launch);
  void run();

  const Launch& launch() const { return launch_; }
  const Code& code() const { return code_; }
  std::uint32_t blocks() const { return launch_.blocks[0] * launch_.blocks[1] * launch_.blocks[2]; }
  KernelShadow* shadow() { return shadow_.get(); }  // null: accesses are not followed

  // Of a warp, with its constants set. Used again, so that they stay in the processor's cache.
  std::byte* take_registers();
  void give_registers(std::byte* registers) { free_registers_.push_back(registers); }

  // What the bytes lie in. Null: nobody may touch them.
  const Range* find(Address address, std::size_t bytes);

  void count(int instructions);                                 // throws where nothing has come of very many
  std::uint64_t instructions() const { return instructions_; }  // so far, of all warps
  void changed_memory() { memory_changed_at_ = instructions_; }

  // Kernel, block, thread and line of what a lane does.
  std::string who(const Warp& warp, const Instruction& instruction, int lane) const;
  // Reports what is wrong with it: once for an instruction, however many threads come there.
  void complain(Check check, const Warp& warp, const Instruction& instruction, int lane,
                std::string_view what);

 private:
  struct alignas(64) CacheLine {
    std::byte bytes[64];
  };

  const Launch& launch_;
  const Code& code_;
  std::unique_ptr<KernelShadow> shadow_;
  std::vector<std::vector<CacheLine>> registers_;  // all that were made
  std::vector<std::byte*> free_registers_;
  std::deque<Range> ranges_;  // that were found before: allocations live as long as the kernel runs
  std::uint64_t instructions_ = 0, memory_changed_at_ = 0;
  std::set<const Instruction*> complained_;
};

}  // namespace duet::cuda_double::ptx
