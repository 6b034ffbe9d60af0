// Arithmetic of integers. Signed overflow wraps.
#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/operations.h"

namespace duet::cuda_double::ptx {
namespace {

__extension__ using Signed128 = __int128;
__extension__ using Unsigned128 = unsigned __int128;

template <class T>
using Wide = std::conditional_t<
    sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>,
    std::conditional_t<sizeof(T) == 4, std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>,
                       std::conditional_t<std::is_signed_v<T>, Signed128, Unsigned128>>>;
constexpr auto bits_of = [](auto value) { return static_cast<std::uint64_t>(value); };

struct Subtract {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(bits_of(a) - bits_of(b));
  }
};
struct Low {
  template <class T>
  static T product(T a, T b) {
    return static_cast<T>(bits_of(a) * bits_of(b));
  }
};
struct High {
  template <class T>
  static T product(T a, T b) {
    return static_cast<T>(static_cast<Wide<T>>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b)) >>
                          8 * sizeof(T));
  }
};
struct Whole {
  template <class T>
  static Wide<T> product(T a, T b) {
    return static_cast<Wide<T>>(static_cast<Wide<T>>(a) * static_cast<Wide<T>>(b));
  }
};
template <class Part>
struct Multiply {
  template <class T>
  auto operator()(T a, T b) const {
    return Part::product(a, b);
  }
};
template <class Part>
struct MultiplyAdd {
  template <class T, class Sum>
  Sum operator()(T a, T b, Sum c) const {
    return Add{}(Part::product(a, b), c);
  }
};

// By zero: all bits, as devices do. The least number by -1 wraps.
struct Divide {
  template <class T>
  T operator()(T a, T b) const {
    if (b == 0) return static_cast<T>(~T{0});
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return Subtract{}(T{0}, a);
    return static_cast<T>(a / b);
  }
};
struct Remainder {
  template <class T>
  T operator()(T a, T b) const {
    if (b == 0) return a;
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
    return static_cast<T>(a % b);
  }
};
struct Negate {
  template <class T>
  T operator()(T a) const {
    return Subtract{}(T{0}, a);
  }
};
struct Absolute {
  template <class T>
  T operator()(T a) const {
    return a < 0 ? Negate{}(a) : a;
  }
};
// |a - b| + c
struct SumOfDifference {
  template <class T>
  T operator()(T a, T b, T c) const {
    return Add{}(c, a < b ? Subtract{}(b, a) : Subtract{}(a, b));
  }
};

template <class Op>
void build_unary(Line& line) {
  const Type type = line.take_type();
  const Run run = with_integer(type, []<class T>(T) -> Run { return lanewise<Op, T, T>; });
  line.emit(run, {line.destination(0, type), line.source(1, type)});
}

template <class Op>
void build_binary(Line& line) {
  const Type type = line.take_type();
  const Run run = with_integer(type, []<class T>(T) -> Run { return lanewise<Op, T, T, T>; });
  line.emit(run, {line.destination(0, type), line.source(1, type), line.source(2, type)});
}

void build_sad(Line& line) {
  const Type type = line.take_type();
  const Run run = with_integer(type, []<class T>(T) -> Run { return lanewise<SumOfDifference, T, T, T, T>; });
  line.emit(run,
            {line.destination(0, type), line.source(1, type), line.source(2, type), line.source(3, type)});
}

Type wider(Type type) {
  const bool is_signed = facts(type).kind == 's';
  if (size_of(type) == 2) return is_signed ? Type::s32 : Type::u32;
  return is_signed ? Type::s64 : Type::u64;
}

template <class Part>
Run product(Type type, bool adds) {
  return with_integer(type, [&]<class T>(T) -> Run {
    using Result = std::conditional_t<std::is_same_v<Part, Whole>, Wide<T>, T>;
    if constexpr (sizeof(Result) <= 8) {
      return adds ? lanewise<MultiplyAdd<Part>, Result, T, T, Result>
                  : lanewise<Multiply<Part>, Result, T, T>;
    } else {
      return nullptr;
    }
  });
}

// mul and mad, of which the low half, the high half or all is wanted.
void build_product(Line& line) {
  enum Part { low, high, whole };
  const Part part = line.take_one<Part>({{"lo", low}, {"hi", high}, {"wide", whole}});
  const Type type = line.take_type();
  const Type result = part == whole ? wider(type) : type;
  const bool adds = line.opcode() == "mad";
  const Run run = part == low    ? product<Low>(type, adds)
                  : part == high ? product<High>(type, adds)
                                 : product<Whole>(type, adds);
  line.emit(run, {line.destination(0, result), line.source(1, type), line.source(2, type),
                  adds ? line.source(3, result) : 0});
}

// Four products of bytes, added to c.
template <class A, class B>
struct DotOfBytes {
  template <class C>
  C operator()(std::uint32_t a, std::uint32_t b, C c) const {
    for (int byte = 0; byte < 4; ++byte, a >>= 8, b >>= 8) {
      c = Add{}(c, static_cast<C>(static_cast<A>(a) * static_cast<B>(b)));
    }
    return c;
  }
};

void build_dp4a(Line& line) {
  const bool signed_a = facts(line.take_type()).kind == 's', signed_b = facts(line.take_type()).kind == 's';
  const auto run = [&]<class C>(C) -> Run {
    using U = std::uint32_t;
    using Byte = std::uint8_t;
    using Signed = std::int8_t;
    if (signed_a) {
      return signed_b ? lanewise<DotOfBytes<Signed, Signed>, C, U, U, C>
                      : lanewise<DotOfBytes<Signed, Byte>, C, U, U, C>;
    }
    return signed_b ? lanewise<DotOfBytes<Byte, Signed>, C, U, U, C>
                    : lanewise<DotOfBytes<Byte, Byte>, C, U, U, C>;
  };
  line.emit(signed_a || signed_b ? run(std::int32_t{}) : run(std::uint32_t{}),
            {line.destination(0, Type::b32), line.source(1, Type::b32), line.source(2, Type::b32),
             line.source(3, Type::b32)});
}

constexpr Opcode opcodes[] = {
    {"add", build_binary<Add>},
    {"sub", build_binary<Subtract>},
    {"mul", build_product},
    {"mad", build_product},
    {"div", build_binary<Divide>},
    {"rem", build_binary<Remainder>},
    {"min", build_binary<Minimum>},
    {"max", build_binary<Maximum>},
    {"neg", build_unary<Negate>},
    {"abs", build_unary<Absolute>},
    {"sad", build_sad},
    {"dp4a", build_dp4a},
};

}  // namespace

std::span<const Opcode> integer_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
