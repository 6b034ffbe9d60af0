#include "tests/cuda_double/ptx/opcodes.h"

#include <map>

namespace duet::cuda_double::ptx {
namespace {

using Table = std::map<std::string_view, Build>;

Table table_of(std::initializer_list<std::span<const Opcode>> families) {
  Table table;
  for (const auto& family : families) {
    for (const Opcode& opcode : family) table.emplace(opcode.name, opcode.build);
  }
  return table;
}

}  // namespace

Build find_opcode(std::string_view name, bool of_floats) {
  static const Table floats = table_of({float_opcodes()});
  static const Table all = table_of({integer_opcodes(), bit_opcodes(), shift_opcodes(), compare_opcodes(),
                                     move_opcodes(), convert_opcodes(), memory_opcodes(), atomic_opcodes(),
                                     control_opcodes(), warp_opcodes(), matrix_opcodes()});
  for (const Table* table : {&floats, &all}) {
    if (table == &floats && !of_floats) continue;
    if (const auto found = table->find(name); found != table->end()) return found->second;
  }
  return nullptr;
}

}  // namespace duet::cuda_double::ptx
