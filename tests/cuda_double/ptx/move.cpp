// Values as they are, from one register to another: mov, and addresses from one space to another.
#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/memory.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

// Of the parts of a list, one after another in a register.
template <class Whole, class Part>
void pack(Warp& warp, const Instruction& instruction) {
  Whole* const d = warp.at<Whole>(instruction.at[0]);
  warp.each_active([&](int lane) {
    Whole all = 0;
    for (std::size_t i = 0; i < sizeof(Whole) / sizeof(Part); ++i) {
      all |= static_cast<Whole>(static_cast<Whole>(warp.at<Part>(instruction.at[i + 1])[lane])
                                << 8 * sizeof(Part) * i);
    }
    d[lane] = all;
  });
}
template <class Whole, class Part>
void unpack(Warp& warp, const Instruction& instruction) {
  constexpr std::size_t parts = sizeof(Whole) / sizeof(Part);
  const Whole* const a = warp.at<Whole>(instruction.at[parts]);
  warp.each_active([&](int lane) {
    const Whole all = a[lane];
    for (std::size_t i = 0; i < parts; ++i) {
      warp.at<Part>(instruction.at[i])[lane] = static_cast<Part>(all >> 8 * sizeof(Part) * i);
    }
  });
}

template <class F>
Run with_whole_and_part(std::size_t whole, std::size_t part, F f) {
  return with_bits(whole, [&]<class Whole>(Whole) {
    return with_bits(part, [&]<class Part>(Part) -> Run {
      if constexpr (sizeof(Part) < sizeof(Whole)) return f(Whole{}, Part{});
      return nullptr;
    });
  });
}

void build_pack(Line& line, Type type, const std::vector<Operand>& parts) {
  const Type part = bits_of_size(size_of(type) / parts.size());
  Registers at{line.destination(0, type)};
  for (std::size_t i = 0; i < parts.size(); ++i) at[i + 1] = line.source(parts[i], part);
  const Run run = with_whole_and_part(size_of(type), size_of(part),
                                      []<class W, class P>(W, P) -> Run { return pack<W, P>; });
  line.emit(run, {}).at = at;
}

void build_unpack(Line& line, Type type, const std::vector<Operand>& parts) {
  const Type part = bits_of_size(size_of(type) / parts.size());
  Registers at{};
  for (std::size_t i = 0; i < parts.size(); ++i) at[i] = line.destination(parts[i], part);
  at[parts.size()] = line.source(1, type);
  const Run run = with_whole_and_part(size_of(type), size_of(part),
                                      []<class W, class P>(W, P) -> Run { return unpack<W, P>; });
  line.emit(run, {}).at = at;
}

// Clocks go on with the instructions of the grid.
template <class T>
void read_clock(Warp& warp, const Instruction& instruction) {
  T* const d = warp.at<T>(instruction.at[0]);
  const auto now = static_cast<T>(warp.block().grid().instructions());
  warp.each_active([&](int lane) { d[lane] = now; });
}

void build_mov(Line& line) {
  const Type type = line.take_type();
  const Operand &to = line.operand(0), &from = line.operand(1);
  if (from.text == "%clock" || from.text == "%clock64" || from.text == "%globaltimer") {
    const Run run =
        with_type<std::uint32_t, std::uint64_t>(type, []<class T>(T) -> Run { return read_clock<T>; });
    line.emit(run, {line.destination(to, type)});
    return;
  }
  if (from.kind == Operand::list) return build_pack(line, type, from.parts);
  if (to.kind == Operand::list) return build_unpack(line, type, to.parts);
  const Run run = with_bits(size_of(type), []<class T>(T) -> Run { return lanewise<Convert<T>, T, T>; });
  line.emit(run, {line.destination(to, type), line.source(from, type)});
}

// Generic addresses of a space are its own, moved by its window.
template <int sign>
struct Move {
  Address operator()(Address a, Address window) const { return a + sign * window; }
};

Space take_address_space(Line& line) {
  return line.take_one<Space>({{"global", Space::global},
                               {"shared::cta", Space::shared},
                               {"shared", Space::shared},
                               {"local", Space::local},
                               {"param", Space::param}});
}

void build_cvta(Line& line) {
  const bool from_generic = line.take("to");
  const Space space = take_address_space(line);
  const Type type = line.take_type();
  if (type != Type::u64) line.unsupported("addresses of 32 bits");
  line.emit(from_generic ? lanewise<Move<-1>, Address, Address, Address>
                         : lanewise<Move<1>, Address, Address, Address>,
            {line.destination(0, type), line.source(1, type), line.number(window_of(space), type)});
}

template <Space space>
struct IsIn {
  bool operator()(Address a) const { return space_of(a) == space; }
};
void build_isspacep(Line& line) {
  const Space space = take_address_space(line);
  const Run run = space == Space::global   ? lanewise<IsIn<Space::global>, bool, Address>
                  : space == Space::shared ? lanewise<IsIn<Space::shared>, bool, Address>
                  : space == Space::local  ? lanewise<IsIn<Space::local>, bool, Address>
                                           : lanewise<IsIn<Space::param>, bool, Address>;
  line.emit(run, {line.destination(0, Type::pred), line.source(1, Type::u64)});
}

constexpr Opcode opcodes[] = {{"mov", build_mov}, {"cvta", build_cvta}, {"isspacep", build_isspacep}};

}  // namespace

std::span<const Opcode> move_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
