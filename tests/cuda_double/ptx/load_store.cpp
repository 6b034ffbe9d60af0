// ld, st, and fences.
#include <array>
#include <cstring>

#include "tests/cuda_double/ptx/access.h"
#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/memory.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

// at: elements, then the address
template <class T>
void load(Warp& warp, const Instruction& instruction) {
  const bool is_weak = instruction.order == Order::weak;
  const auto from = locate(warp, instruction, instruction.at[instruction.elements],
                           is_weak ? AccessKind::load : AccessKind::atomic_load);
  for (std::size_t i = 0; i < instruction.elements; ++i) {
    T* const to = warp.at<T>(instruction.at[i]);
    warp.each_active([&](int lane) { std::memcpy(to + lane, from[lane] + i * sizeof(T), sizeof(T)); });
  }
  if (instruction.order == Order::acquire) fence(warp, instruction);
}

template <class T>
void store(Warp& warp, const Instruction& instruction) {
  if (instruction.order == Order::release) fence(warp, instruction);
  const bool is_weak = instruction.order == Order::weak;
  const auto to = locate(warp, instruction, instruction.at[instruction.elements],
                         is_weak ? AccessKind::store : AccessKind::atomic_store);
  for (std::size_t i = 0; i < instruction.elements; ++i) {
    const T* const from = warp.at<T>(instruction.at[i]);
    warp.each_active([&](int lane) { std::memcpy(to[lane] + i * sizeof(T), from + lane, sizeof(T)); });
  }
  warp.block().grid().changed_memory();
}

void build_load_or_store(Line& line) {
  const bool is_load = line.opcode() != "st";
  Access access = take_access(line, Order::weak);
  const std::size_t elements = line.take("v2") ? 2 : line.take("v4") ? 4 : line.take("v8") ? 8 : 1;
  const Type type = line.take_type();
  const Operand& value = line.operand(is_load ? 0 : 1);
  Registers at{};
  if (elements != (value.kind == Operand::list ? value.parts.size() : 1)) line.unsupported("its vector");
  for (std::size_t i = 0; i < elements; ++i) {
    const Operand& part = value.kind == Operand::list ? value.parts[i] : value;
    at[i] = is_load ? line.destination(part, type) : line.source(part, type);
  }
  take_address(line, is_load ? 1 : 0, access);
  at[elements] = access.base;
  const Run run = with_bits(size_of(type), [&]<class T>(T) -> Run { return is_load ? load<T> : store<T>; });
  Instruction& instruction = line.emit(run, {});
  instruction.at = at;
  access.set(instruction, elements, type);
}

void nothing(Warp&, const Instruction&) {}

// membar.gl, fence.acq_rel.gpu
void build_fence(Line& line) {
  const bool of_block = line.take("cta");
  line.ignore({"gl", "sys", "gpu", "sc", "acq_rel"});
  line.emit(of_block ? nothing : fence, {}).device_wide = true;
}

void build_prefetch(Line& line) {
  Access access = take_access(line, Order::weak);
  line.ignore({"L1", "L2"});
  take_address(line, 0, access);
  line.emit(nothing, {});
}

void build_nanosleep(Line& line) {
  line.source(0, line.take_type());
  line.emit(nothing, {});
}

constexpr Opcode opcodes[] = {{"ld", build_load_or_store},   {"ldu", build_load_or_store},
                              {"st", build_load_or_store},   {"membar", build_fence},
                              {"fence", build_fence},        {"prefetch", build_prefetch},
                              {"nanosleep", build_nanosleep}};

}  // namespace

std::span<const Opcode> memory_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
