// What decides where a thread goes on, and the barriers of a block.
#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

void nothing(Warp&, const Instruction&) {}

template <Flow flow>
void build_end(Line& line) {
  line.ignore({"uni"});
  line.emit(nothing, {}).flow = flow;
}

void build_bra(Line& line) {
  line.ignore({"uni"});
  line.emit(nothing, {}).flow = Flow::branch;
  line.branch_to(0);
}

void build_brx(Line& line) {
  line.ignore({"idx", "uni"});
  line.emit(nothing, {line.source(0, Type::u32)}).flow = Flow::indexed_branch;
  line.branch_to(1);
}

// bar.warp.sync: no values are exchanged, but what was written before is seen behind it.
void sync_warp(Warp& warp, const Instruction&) { warp.sync(); }

void build_warp_barrier(Line& line) {
  if (!line.take("sync")) line.unsupported("its form");
  const std::uint32_t members = line.source(0, Type::b32);
  Instruction& instruction = line.emit(sync_warp, {});
  instruction.flow = Flow::warp_sync;
  instruction.members = members;
  instruction.is_plain_sync = true;
}

// bar.sync a, b;  bar.red.op.pred d, a, b, c;  b, the number of threads, may be missing.
void build_barrier(Line& line) {
  const bool is_aligned = line.opcode() == "bar" || line.take("aligned");
  const bool reduces = line.take("red");
  Reduction reduction = Reduction::none;
  line.ignore({"cta"});
  if (line.take("warp")) return build_warp_barrier(line);
  if (reduces) {
    reduction = line.take_one<Reduction>(
        {{"and", Reduction::all}, {"or", Reduction::any}, {"popc", Reduction::count}});
  } else if (!line.take("sync")) {
    line.unsupported("its form");
  }
  const std::size_t first = reduces ? 1 : 0, ids = line.operands() - 2 * first;
  const std::uint32_t id = line.source(first, Type::u32);
  const std::uint32_t count = ids == 2 ? line.source(first + 1, Type::u32) : no_register;
  std::uint32_t result = 0, predicate = 0;
  if (reduces) {
    const Type type = line.take_type();
    if ((type == Type::pred) != (reduction != Reduction::count)) line.unsupported("its type");
    result = line.destination(0, type);
    predicate = line.source(line.operands() - 1, Type::pred);
  }
  Instruction& instruction = line.emit(nothing, {id, count, result, predicate});
  instruction.flow = Flow::barrier;
  instruction.aligned = is_aligned;
  instruction.reduction = reduction;
}

constexpr Opcode opcodes[] = {
    {"bra", build_bra},
    {"brx", build_brx},
    {"ret", build_end<Flow::exit>},
    {"exit", build_end<Flow::exit>},
    {"trap", build_end<Flow::trap>},
    {"bar", build_barrier},
    {"barrier", build_barrier},
};

}  // namespace

std::span<const Opcode> control_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
