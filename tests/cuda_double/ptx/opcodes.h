// Which builder decodes which opcode.
#pragma once

#include <span>
#include <string_view>

#include "tests/cuda_double/ptx/line.h"

namespace duet::cuda_double::ptx {

using Build = void (*)(Line&);
struct Opcode {
  std::string_view name;
  Build build;
};

Build find_opcode(std::string_view name, bool of_floats);  // null: unknown

// Each family's own.
std::span<const Opcode> float_opcodes();  // where the first type is f32 or f64
std::span<const Opcode> integer_opcodes();
std::span<const Opcode> bit_opcodes();
std::span<const Opcode> shift_opcodes();
std::span<const Opcode> compare_opcodes();
std::span<const Opcode> move_opcodes();
std::span<const Opcode> convert_opcodes();
std::span<const Opcode> memory_opcodes();
std::span<const Opcode> atomic_opcodes();
std::span<const Opcode> control_opcodes();
std::span<const Opcode> warp_opcodes();
std::span<const Opcode> matrix_opcodes();

}  // namespace duet::cuda_double::ptx
