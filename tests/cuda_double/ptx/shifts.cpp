// Bits that move: shifts, fields, and bytes.
#include <algorithm>

#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"

namespace duet::cuda_double::ptx {
namespace {

template <class T>
constexpr std::uint32_t width = 8 * sizeof(T);

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
    {"shl", build_shift<ShiftLeft>},
    {"shr", build_shift<ShiftRight>},
    {"shf", build_funnel_shift},
    {"bmsk", build_bmsk},
    {"bfe", build_bfe},
    {"bfi", build_bfi},
    {"prmt", build_prmt},
};

}  // namespace

std::span<const Opcode> shift_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
