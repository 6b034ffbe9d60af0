// Comparisons and what is selected by them.
#include <bit>
#include <optional>

#include "tests/cuda_double/ptx/float_modifiers.h"
#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/operations.h"

namespace duet::cuda_double::ptx {
namespace {

struct Equal {
  static constexpr auto holds = [](auto a, auto b) { return a == b; };
};
struct NotEqual {  // and in order: a NaN is not
  static constexpr auto holds = [](auto a, auto b) { return a < b || a > b; };
};
struct Less {
  static constexpr auto holds = [](auto a, auto b) { return a < b; };
};
struct LessEqual {
  static constexpr auto holds = [](auto a, auto b) { return a <= b; };
};
struct Greater {
  static constexpr auto holds = [](auto a, auto b) { return a > b; };
};
struct GreaterEqual {
  static constexpr auto holds = [](auto a, auto b) { return a >= b; };
};
struct AreNumbers {
  // NOLINTNEXTLINE(misc-redundant-expression): NaN is not equal to itself
  static constexpr auto holds = [](auto a, auto b) { return a == a && b == b; };
};
// The opposite: "equ", equal or unordered, is what "ne" in order is not.
template <class Of>
struct Opposite {
  static constexpr auto holds = [](auto a, auto b) { return !Of::holds(a, b); };
};

template <class Comparison, bool flushes = false>
struct Compare {
  template <class T>
  bool operator()(T a, T b) const {
    if constexpr (flushes) return Comparison::holds(flushed(a), flushed(b));
    return Comparison::holds(a, b);
  }
};

template <class Comparison>
Run comparison(Type type, bool flushes) {
  if (flushes) return lanewise<Compare<Comparison, true>, bool, float, float>;
  return with_type<std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t, std::int64_t,
                   float, double>(
      type, []<class T>(T) -> Run { return lanewise<Compare<Comparison>, bool, T, T>; });
}

using Make = Run (*)(Type, bool);
Make take_comparison(Line& line) {
  return line.take_one<Make>({{"eq", comparison<Equal>},
                              {"ne", comparison<NotEqual>},
                              {"lt", comparison<Less>},
                              {"le", comparison<LessEqual>},
                              {"gt", comparison<Greater>},
                              {"ge", comparison<GreaterEqual>},
                              {"lo", comparison<Less>},
                              {"ls", comparison<LessEqual>},
                              {"hi", comparison<Greater>},
                              {"hs", comparison<GreaterEqual>},
                              {"equ", comparison<Opposite<NotEqual>>},
                              {"neu", comparison<Opposite<Equal>>},
                              {"ltu", comparison<Opposite<GreaterEqual>>},
                              {"leu", comparison<Opposite<Greater>>},
                              {"gtu", comparison<Opposite<LessEqual>>},
                              {"geu", comparison<Opposite<Less>>},
                              {"num", comparison<AreNumbers>},
                              {"nan", comparison<Opposite<AreNumbers>>}});
}

struct Select {
  template <class T>
  T operator()(T a, T b, bool first) const {
    return first ? a : b;
  }
};
struct SelectBySign {
  template <class T, class Sign>
  T operator()(T a, T b, Sign sign) const {
    return sign >= 0 ? a : b;
  }
};

Run select(Type type) {
  return with_bits(size_of(type), []<class T>(T) -> Run { return lanewise<Select, T, T, T, bool>; });
}

// The comparison of an instruction, joined with a third predicate where that is asked for.
struct Test {
  Make compare;
  Run join;  // null: nothing
  bool flushes;
  Type type{};
};
Test take_test(Line& line) {
  return {.compare = take_comparison(line),
          .join = line.take("and")   ? lanewise<And, bool, bool, bool>
                  : line.take("or")  ? lanewise<Or, bool, bool, bool>
                  : line.take("xor") ? lanewise<Xor, bool, bool, bool>
                                     : Run{},
          .flushes = line.take("ftz")};
}

// The result is in `holds`, and its opposite, joined with the same, in `fails`.
void emit_test(Line& line, const Test& test, std::uint32_t holds, std::optional<std::uint32_t> fails) {
  const std::uint32_t a = line.source(1, test.type), b = line.source(2, test.type);
  const bool joins = test.join != nullptr;
  const std::uint32_t third = joins ? line.source(3, Type::pred) : 0;
  const std::uint32_t result = joins || fails ? line.temporary(Type::pred) : holds;
  line.emit(test.compare(test.type, test.flushes), {result, a, b});
  if (fails) {
    const std::uint32_t opposite = joins ? line.temporary(Type::pred) : *fails;
    line.emit(lanewise<Not, bool, bool>, {opposite, result});
    if (joins) line.emit(test.join, {*fails, opposite, third});
  }
  if (joins) {
    line.emit(test.join, {holds, result, third});
  } else if (fails) {
    line.emit(lanewise<Convert<bool>, bool, bool>, {holds, result});
  }
}

// setp.lt.and.s32 p|q, a, b, c: p = a < b and c, q = not (a < b) and c
void build_setp(Line& line) {
  Test test = take_test(line);
  test.type = line.take_type();
  const Operand& result = line.operand(0);
  if (result.kind == Operand::pair) {
    emit_test(line, test, line.destination(result.parts[0], Type::pred),
              line.destination(result.parts[1], Type::pred));
  } else {
    emit_test(line, test, line.destination(result, Type::pred), {});
  }
}

// All bits, or 1.0
void build_set(Line& line) {
  Test test = take_test(line);
  const Type type = line.take_type();
  test.type = line.take_type();
  const std::uint32_t holds = line.temporary(Type::pred);
  emit_test(line, test, holds, {});
  const std::uint32_t yes = line.number(type == Type::f32 ? std::bit_cast<std::uint32_t>(1.0f) : ~0u, type);
  line.emit(select(type), {line.destination(0, type), yes, line.number(0, type), holds});
}

void build_selp(Line& line) {
  const Type type = line.take_type();
  line.emit(select(type), {line.destination(0, type), line.source(1, type), line.source(2, type),
                           line.source(3, Type::pred)});
}

void build_slct(Line& line) {
  line.ignore({"ftz"});  // which changes no sign
  const Type type = line.take_type(), sign = line.take_type();
  const Run run = with_bits(size_of(type), [&]<class T>(T) -> Run {
    return sign == Type::f32 ? lanewise<SelectBySign, T, T, T, float>
                             : lanewise<SelectBySign, T, T, T, std::int32_t>;
  });
  line.emit(run,
            {line.destination(0, type), line.source(1, type), line.source(2, type), line.source(3, sign)});
}

constexpr Opcode opcodes[] = {
    {"setp", build_setp}, {"set", build_set}, {"selp", build_selp}, {"slct", build_slct}};

}  // namespace

std::span<const Opcode> compare_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
