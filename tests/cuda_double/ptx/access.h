// What all instructions that touch memory have in common.
#pragma once

#include "tests/cuda_double/ptx/line.h"
#include "tests/cuda_double/ptx/warp.h"

namespace duet::cuda_double::ptx {

// Space, order and scope, by the modifiers; and the address.
struct Access {
  Space space = Space::generic;
  Order order = Order::weak;
  bool device_wide = true;   // or of the block
  std::uint32_t base = 0;    // the register
  bool narrow_base = false;  // of 32 bits
  std::int64_t offset = 0;

  void set(Instruction& instruction, std::size_t elements, Type type) const;
};
Access take_access(Line& line, Order otherwise);
void take_address(Line& line, std::size_t operand, Access& access);

// Of the active lanes; a fence of a block alone orders nothing that its barriers do not.
void fence(Warp& warp, const Instruction& instruction);

}  // namespace duet::cuda_double::ptx
