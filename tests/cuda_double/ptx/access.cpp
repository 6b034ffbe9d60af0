// ld, st, atom, red, fences: what moves between registers and memory.
#include <algorithm>
#include <cstring>

#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/memory.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

bool is_strong(const Instruction& instruction) { return instruction.order != Order::weak; }

void fence(Warp& warp, const Instruction& instruction) {
  KernelShadow* const shadow = warp.block().grid().shadow();
  if (shadow == nullptr || !instruction.device_wide) return;
  Agent agent = warp.agent(instruction);
  const std::uint32_t first = agent.thread;
  warp.each_active([&](int lane) {
    agent.thread = first + static_cast<std::uint32_t>(lane);
    shadow->fence(agent);
  });
}

template <class T>
void load(Warp& warp, const Instruction& instruction) {
  const auto from = locate(warp, instruction, instruction.at[instruction.elements],
                           is_strong(instruction) ? AccessKind::atomic_load : AccessKind::load);
  for (std::size_t i = 0; i < instruction.elements; ++i) {
    T* const to = warp.at<T>(instruction.at[i]);
    warp.each_active([&](int lane) { std::memcpy(to + lane, from[lane] + i * sizeof(T), sizeof(T)); });
  }
  if (instruction.order == Order::acquire) fence(warp, instruction);
}

template <class T>
void store(Warp& warp, const Instruction& instruction) {
  if (instruction.order == Order::release) fence(warp, instruction);
  const auto to = locate(warp, instruction, instruction.at[instruction.elements],
                         is_strong(instruction) ? AccessKind::atomic_store : AccessKind::store);
  for (std::size_t i = 0; i < instruction.elements; ++i) {
    const T* const from = warp.at<T>(instruction.at[i]);
    warp.each_active([&](int lane) { std::memcpy(to[lane] + i * sizeof(T), from + lane, sizeof(T)); });
  }
  warp.block().grid().changed_memory();
}

// Caches, and what a compiler's hints are: nothing here.
void ignore_hints(Line& line) {
  line.ignore({"ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "L1::evict_normal", "L1::evict_unchanged",
               "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::64B", "L2::128B", "L2::256B"});
}

Space take_space(Line& line) {
  if (line.take("shared::cta")) return Space::shared;
  for (const auto& [name, space] : {std::pair{"global", Space::global}, {"shared", Space::shared},
                                    {"local", Space::local}, {"param", Space::param}}) {
    if (line.take(name)) return space;
  }
  return Space::generic;
}

struct Ordering {
  Order order = Order::weak;
  bool device_wide = false;
};

Ordering take_ordering(Line& line, Order otherwise) {
  Ordering ordering{otherwise, true};
  for (const auto& [name, order] :
       {std::pair{"weak", Order::weak}, {"volatile", Order::relaxed}, {"relaxed", Order::relaxed},
        {"release", Order::release}, {"acquire", Order::acquire}, {"acq_rel", Order::acq_rel}}) {
    if (line.take(name)) ordering.order = order;
  }
  if (line.take("cta")) ordering.device_wide = false;
  line.ignore({"gpu", "sys"});
  return ordering;
}

// The registers with the address, and the rest of it in the instruction.
struct At {
  std::uint32_t base;
  std::int64_t offset;
  bool narrow;
};

At address(Line& line, const Operand& operand) {
  if (operand.kind != Operand::address) line.unsupported("its address");
  if (operand.text.empty()) return {line.number(0, Type::u64), operand.number, false};
  Operand base = operand;
  base.kind = Operand::name;
  base.number = 0;
  const Register* const found = line.register_of(base);
  const bool narrow = found != nullptr && size_of(found->type) == 4;
  return {line.source(base, narrow ? Type::u32 : Type::u64), operand.number, narrow};
}

void build_load_or_store(Line& line) {
  const bool is_load = line.opcode() != "st";
  ignore_hints(line);
  const Ordering ordering = take_ordering(line, Order::weak);
  const Space space = take_space(line);
  const std::size_t elements = line.take("v2") ? 2 : line.take("v4") ? 4 : line.take("v8") ? 8 : 1;
  const Type type = line.take_type();
  const Operand& value = line.operand(is_load ? 0 : 1);
  const At at = address(line, line.operand(is_load ? 1 : 0));
  std::array<std::uint32_t, std::tuple_size_v<decltype(Instruction::at)>> registers{};
  if (elements != (value.kind == Operand::list ? value.parts.size() : 1)) line.unsupported("its vector");
  for (std::size_t i = 0; i < elements; ++i) {
    const Operand& part = value.kind == Operand::list ? value.parts[i] : value;
    registers[i] = is_load ? line.destination(part, type) : line.source(part, type);
  }
  registers[elements] = at.base;
  const Run run =
      with_bits(size_of(type), [&]<class T>(T) -> Run { return is_load ? load<T> : store<T>; });
  Instruction& instruction = line.emit(run, {});
  instruction.at = registers;
  instruction.value = at.offset;
  instruction.narrow_address = at.narrow;
  instruction.space = space;
  instruction.order = ordering.order;
  instruction.device_wide = ordering.device_wide;
  instruction.elements = static_cast<std::uint8_t>(elements);
  instruction.bytes = static_cast<std::uint8_t>(elements * size_of(type));
}

constexpr Opcode opcodes[] = {{"ld", build_load_or_store}, {"ldu", build_load_or_store}, {"st", build_load_or_store}};

}  // namespace

std::span<const Opcode> memory_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
