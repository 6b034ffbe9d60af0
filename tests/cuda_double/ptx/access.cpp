#include "tests/cuda_double/ptx/access.h"

#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {

void Access::set(Instruction& instruction, std::size_t elements, Type type) const {
  instruction.space = space;
  instruction.order = order;
  instruction.device_wide = device_wide;
  instruction.value = offset;
  instruction.narrow_address = narrow_base;
  instruction.elements = static_cast<std::uint8_t>(elements);
  instruction.bytes = static_cast<std::uint8_t>(elements * size_of(type));
}

Access take_access(Line& line, Order otherwise) {
  Access access{.order = otherwise};
  for (const auto& [name, space] : {std::pair{"global", Space::global},
                                    {"shared::cta", Space::shared},
                                    {"shared", Space::shared},
                                    {"local", Space::local},
                                    {"param", Space::param}}) {
    if (line.take(name)) access.space = space;
  }
  for (const auto& [name, order] : {std::pair{"weak", Order::weak},
                                    {"volatile", Order::relaxed},
                                    {"relaxed", Order::relaxed},
                                    {"release", Order::release},
                                    {"acquire", Order::acquire},
                                    {"acq_rel", Order::acq_rel}}) {
    if (line.take(name)) access.order = order;
  }
  access.device_wide = !line.take("cta");
  line.ignore({"gpu", "sys"});
  // Which cache, and for how long.
  line.ignore({"ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "L1::evict_normal", "L1::evict_unchanged",
               "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::64B", "L2::128B", "L2::256B"});
  return access;
}

void take_address(Line& line, std::size_t operand, Access& access) {
  const Operand& address = line.operand(operand);
  if (address.kind != Operand::address) line.unsupported("its address");
  access.offset = address.number;
  if (address.text.empty()) {
    access.base = line.number(0, Type::u64);
    return;
  }
  Operand base;
  base.text = address.text;
  const Register* const found = line.register_of(base);
  access.narrow_base = found != nullptr && size_of(found->type) == 4;
  access.base = line.source(base, access.narrow_base ? Type::u32 : Type::u64);
}

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

}  // namespace duet::cuda_double::ptx
