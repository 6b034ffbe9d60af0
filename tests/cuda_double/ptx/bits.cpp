// Logic, shifts, and what else looks at single bits.
#include <algorithm>
#include <bit>

#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"

namespace duet::cuda_double::ptx {
namespace {

template <class T>
constexpr std::uint32_t width = 8 * sizeof(T);

struct And {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};
struct Or {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};
struct Xor {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};
struct Complement {
  bool operator()(bool a) const { return !a; }
  template <class T>
  T operator()(T a) const {
    return static_cast<T>(~a);
  }
};
struct IsZero {
  template <class T>
  T operator()(T a) const {
    return a == 0 ? 1 : 0;
  }
};

// Shifts beyond the width move all bits out.
struct ShiftLeft {
  template <class T>
  T operator()(T a, std::uint32_t by) const {
    return by < width<T> ? static_cast<T>(static_cast<std::uint64_t>(a) << by) : T{0};
  }
};
struct ShiftRight {
  template <class T>
  T operator()(T a, std::uint32_t by) const {
    if (by < width<T>) return static_cast<T>(a >> by);
    return a < 0 ? static_cast<T>(-1) : T{0};
  }
};

// Of the 64 bits b:a the 32 that a shift by c leaves, wrapped or clamped to 32.
template <bool left, bool wraps>
struct FunnelShift {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t c) const {
    const std::uint32_t by = wraps ? c % 32 : std::min(c, 32u);
    const std::uint64_t both = std::uint64_t{b} << 32 | a;
    return static_cast<std::uint32_t>(left ? (both << by) >> 32 : both >> by);
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

struct ExtractField {
  template <class T>
  T operator()(T a, std::uint32_t first, std::uint32_t length) const {
    using Bits = std::make_unsigned_t<T>;
    first &= 0xff;
    length &= 0xff;
    if (length == 0) return 0;
    const auto bits = static_cast<Bits>(a);
    const std::uint32_t last = std::min(first + length - 1, width<T> - 1);
    const bool fill = std::is_signed_v<T> && (bits >> last & 1) != 0;
    const std::uint32_t kept = std::min(length, width<T> - std::min(first, width<T>));
    const auto beyond = ShiftLeft{}(static_cast<Bits>(~Bits{0}), kept);
    return static_cast<T>(fill ? ShiftRight{}(bits, first) | beyond : ShiftRight{}(bits, first) & ~beyond);
  }
};

struct InsertField {
  template <class T>
  T operator()(T a, T into, std::uint32_t first, std::uint32_t length) const {
    first &= 0xff;
    length &= 0xff;
    const T mask = ShiftLeft{}(static_cast<T>(~ShiftLeft{}(static_cast<T>(~T{0}), length)), first);
    return static_cast<T>((into & ~mask) | (ShiftLeft{}(a, first) & mask));
  }
};

// `length` ones from bit `first` on.
template <bool wraps>
struct MakeMask {
  std::uint32_t operator()(std::uint32_t first, std::uint32_t length) const {
    first = wraps ? first % 32 : first;
    length = wraps ? length % 32 : length;
    return ShiftLeft{}(~ShiftLeft{}(~0u, length), first);
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

enum class Permutation { any, f4e, b4e, rc8, ecl, ecr, rc16 };

// Which of the eight bytes of b:a is byte `to` of the result.
template <Permutation mode>
std::uint32_t byte_for(std::uint32_t to, std::uint32_t selector) {
  selector &= 3;
  switch (mode) {
    case Permutation::f4e: return selector + to;
    case Permutation::b4e: return (selector - to) & 7;
    case Permutation::rc8: return selector;
    case Permutation::ecl: return std::max(to, selector);
    case Permutation::ecr: return std::min(to, selector);
    case Permutation::rc16: return (selector & 1) * 2 + to % 2;
    case Permutation::any: break;
  }
  return to;
}
template <Permutation mode>
struct Permute {
  std::uint32_t operator()(std::uint32_t a, std::uint32_t b, std::uint32_t selector) const {
    const std::uint64_t both = std::uint64_t{b} << 32 | a;
    std::uint32_t result = 0;
    for (std::uint32_t to = 0; to < 4; ++to) {
      const std::uint32_t control =
          mode == Permutation::any ? selector >> 4 * to & 15 : byte_for<mode>(to, selector);
      auto byte = static_cast<std::uint8_t>(both >> 8 * (control & 7));
      if ((control & 8) != 0) byte = (byte & 0x80) != 0 ? 0xff : 0;  // its sign
      result |= std::uint32_t{byte} << 8 * to;
    }
    return result;
  }
};

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
      type, []<class T>(T) -> Run { return lanewise<Complement, T, T>; });
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
template <class Op>
void build_shift(Line& line) {
  const Type type = line.take_type();
  const Run run = with_integer(type, []<class T>(T) -> Run { return lanewise<Op, T, T, std::uint32_t>; });
  line.emit(run, {line.destination(0, type), line.source(1, type), line.source(2, Type::u32)});
}

using U32 = std::uint32_t;
void emit_of_words(Line& line, Run run, bool has_third = true) {
  const std::uint32_t d = line.destination(0, Type::b32), a = line.source(1, Type::b32),
                      b = line.source(2, Type::b32);
  line.emit(run, {d, a, b, has_third ? line.source(3, Type::b32) : 0});
}
void build_funnel_shift(Line& line) {
  const bool left = line.take_one<bool>({{"l", true}, {"r", false}});
  const bool wraps = line.take_one<bool>({{"wrap", true}, {"clamp", false}});
  line.ignore({"b32"});
  const Run run = left ? (wraps ? lanewise<FunnelShift<true, true>, U32, U32, U32, U32>
                                : lanewise<FunnelShift<true, false>, U32, U32, U32, U32>)
                       : (wraps ? lanewise<FunnelShift<false, true>, U32, U32, U32, U32>
                                : lanewise<FunnelShift<false, false>, U32, U32, U32, U32>);
  emit_of_words(line, run);
}
void build_bmsk(Line& line) {
  const bool wraps = line.take_one<bool>({{"wrap", true}, {"clamp", false}});
  line.ignore({"b32"});
  emit_of_words(line,
                wraps ? lanewise<MakeMask<true>, U32, U32, U32> : lanewise<MakeMask<false>, U32, U32, U32>,
                false);
}
template <Permutation mode>
Run permute() {
  return lanewise<Permute<mode>, U32, U32, U32, U32>;
}
void build_prmt(Line& line) {
  line.ignore({"b32"});
  Run run = permute<Permutation::any>();
  for (const auto& [name, special] : {std::pair{"f4e", permute<Permutation::f4e>()},
                                      {"b4e", permute<Permutation::b4e>()},
                                      {"rc8", permute<Permutation::rc8>()},
                                      {"ecl", permute<Permutation::ecl>()},
                                      {"ecr", permute<Permutation::ecr>()},
                                      {"rc16", permute<Permutation::rc16>()}}) {
    if (line.take(name)) run = special;
  }
  emit_of_words(line, run);
}
void build_lop3(Line& line) {
  line.ignore({"b32"});
  const Operand& table = line.operand(4);
  if (table.kind != Operand::integer) line.unsupported("its table");
  line.emit(lop3, {line.destination(0, Type::b32), line.source(1, Type::b32), line.source(2, Type::b32),
                   line.source(3, Type::b32)})
      .value = table.number;
}
void build_bfe(Line& line) {
  const Type type = line.take_type();
  const Run run = with_integer(
      type, []<class T>(T) -> Run { return lanewise<ExtractField, T, T, std::uint32_t, std::uint32_t>; });
  line.emit(run, {line.destination(0, type), line.source(1, type), line.source(2, Type::u32),
                  line.source(3, Type::u32)});
}
void build_bfi(Line& line) {
  const Type type = line.take_type();
  const Run run = with_unsigned(
      type, []<class T>(T) -> Run { return lanewise<InsertField, T, T, T, std::uint32_t, std::uint32_t>; });
  line.emit(run, {line.destination(0, type), line.source(1, type), line.source(2, type),
                  line.source(3, Type::u32), line.source(4, Type::u32)});
}

constexpr Opcode opcodes[] = {
    {"and", build_logic<And>},
    {"or", build_logic<Or>},
    {"xor", build_logic<Xor>},
    {"not", build_not},
    {"cnot", build_same<IsZero>},
    {"brev", build_same<ReverseBits>},
    {"clz", build_count<CountLeadingZeros>},
    {"popc", build_count<CountOnes>},
    {"bfind", build_bfind},
    {"shl", build_shift<ShiftLeft>},
    {"shr", build_shift<ShiftRight>},
    {"shf", build_funnel_shift},
    {"bmsk", build_bmsk},
    {"prmt", build_prmt},
    {"lop3", build_lop3},
    {"bfe", build_bfe},
    {"bfi", build_bfi},
};

}  // namespace

std::span<const Opcode> bit_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
