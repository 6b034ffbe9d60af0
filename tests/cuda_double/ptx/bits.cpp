// Logic, and what counts or turns bits.
#include <bit>

#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/operations.h"

namespace duet::cuda_double::ptx {
namespace {

template <class T>
constexpr std::uint32_t width = 8 * sizeof(T);

struct IsZero {
  template <class T>
  T operator()(T a) const {
    return a == 0 ? 1 : 0;
  }
};

struct CountLeadingZeros {
  template <class T>
  std::uint32_t operator()(T a) const {
    return static_cast<std::uint32_t>(std::countl_zero(a));
  }
};
struct CountOnes {
  template <class T>
  std::uint32_t operator()(T a) const {
    return static_cast<std::uint32_t>(std::popcount(a));
  }
};
struct ReverseBits {
  template <class T>
  T operator()(T a) const {
    T reversed = 0;
    for (std::uint32_t i = 0; i < width<T>; ++i) reversed = static_cast<T>(reversed << 1 | (a >> i & 1));
    return reversed;
  }
};

// The place of the highest bit that is not the sign's, or how far that must be shifted to the top.
template <bool as_shift>
struct FindHighest {
  template <class T>
  std::uint32_t operator()(T a) const {
    using Bits = std::make_unsigned_t<T>;
    const auto bits = static_cast<Bits>(a < 0 ? ~a : a);
    if (bits == 0) return ~0u;
    const auto zeros = static_cast<std::uint32_t>(std::countl_zero(bits));
    return as_shift ? zeros : width<T> - 1 - zeros;
  }
};

// Any function of three bits: bit 4a + 2b + c of the table.
void lop3(Warp& warp, const Instruction& instruction) {
  using U = std::uint32_t;
  U* const d = warp.at<U>(instruction.at[0]);
  const U *const a = warp.at<U>(instruction.at[1]), *const b = warp.at<U>(instruction.at[2]),
                 *const c = warp.at<U>(instruction.at[3]);
  warp.each_active([&](int lane) {
    U result = 0;
    for (U row = 0; row < 8; ++row) {
      if ((instruction.value >> row & 1) == 0) continue;
      result |= ((row & 4) != 0 ? a[lane] : ~a[lane]) & ((row & 2) != 0 ? b[lane] : ~b[lane]) &
                ((row & 1) != 0 ? c[lane] : ~c[lane]);
    }
    d[lane] = result;
  });
}

template <class Op>
void build_logic(Line& line) {
  const Type type = line.take_type();
  const Run run = with_type<bool, std::uint16_t, std::uint32_t, std::uint64_t>(
      type, []<class T>(T) -> Run { return lanewise<Op, T, T, T>; });
  line.emit(run, {line.destination(0, type), line.source(1, type), line.source(2, type)});
}
void build_not(Line& line) {
  const Type type = line.take_type();
  const Run run = with_type<bool, std::uint16_t, std::uint32_t, std::uint64_t>(
      type, []<class T>(T) -> Run { return lanewise<Not, T, T>; });
  line.emit(run, {line.destination(0, type), line.source(1, type)});
}
template <class Op>
void build_same(Line& line) {
  const Type type = line.take_type();
  const Run run = with_unsigned(type, []<class T>(T) -> Run { return lanewise<Op, T, T>; });
  line.emit(run, {line.destination(0, type), line.source(1, type)});
}
template <class Op>
void build_count(Line& line) {
  const Type type = line.take_type();
  const Run run = with_unsigned(type, []<class T>(T) -> Run { return lanewise<Op, std::uint32_t, T>; });
  line.emit(run, {line.destination(0, Type::u32), line.source(1, type)});
}
void build_bfind(Line& line) {
  const bool as_shift = line.take("shiftamt");
  const Type type = line.take_type();
  const Run run = with_integer(type, [&]<class T>(T) -> Run {
    return as_shift ? lanewise<FindHighest<true>, std::uint32_t, T>
                    : lanewise<FindHighest<false>, std::uint32_t, T>;
  });
  line.emit(run, {line.destination(0, Type::u32), line.source(1, type)});
}
void build_lop3(Line& line) {
  line.ignore({"b32"});
  const Operand& table = line.operand(4);
  if (table.kind != Operand::integer) line.unsupported("its table");
  line.emit(lop3, {line.destination(0, Type::b32), line.source(1, Type::b32), line.source(2, Type::b32),
                   line.source(3, Type::b32)})
      .value = table.number;
}
constexpr Opcode opcodes[] = {
    {"and", build_logic<And>},         {"or", build_logic<Or>},
    {"xor", build_logic<Xor>},         {"not", build_not},
    {"cnot", build_same<IsZero>},      {"lop3", build_lop3},
    {"brev", build_same<ReverseBits>}, {"clz", build_count<CountLeadingZeros>},
    {"popc", build_count<CountOnes>},  {"bfind", build_bfind},
};

}  // namespace

std::span<const Opcode> bit_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
