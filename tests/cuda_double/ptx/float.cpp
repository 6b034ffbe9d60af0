// Arithmetic of floats. Compiled with -ffp-contract=off and -frounding-math: every operation rounds for
// itself, and as the processor is told to.
#include <array>
#include <cmath>
#include <limits>

#include "tests/cuda_double/ptx/float_modifiers.h"
#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/rounding.h"

namespace duet::cuda_double::ptx {
namespace {

struct Add {
  auto operator()(auto a, auto b) const { return a + b; }
};
struct Subtract {
  auto operator()(auto a, auto b) const { return a - b; }
};
struct Multiply {
  auto operator()(auto a, auto b) const { return a * b; }
};
struct MultiplyAdd {
  auto operator()(auto a, auto b, auto c) const { return std::fma(a, b, c); }
};
struct Divide {
  auto operator()(auto a, auto b) const { return a / b; }
};
struct Reciprocal {
  template <class T>
  T operator()(T a) const {
    return T{1} / a;
  }
};
struct SquareRoot {
  auto operator()(auto a) const { return std::sqrt(a); }
};
struct ReciprocalRoot {
  template <class T>
  T operator()(T a) const {
    return static_cast<T>(1 / std::sqrt(double{a}));
  }
};
struct Exp2 {
  auto operator()(auto a) const { return std::exp2(a); }
};
struct Log2 {
  auto operator()(auto a) const { return std::log2(a); }
};
struct Sine {
  auto operator()(auto a) const { return std::sin(a); }
};
struct Cosine {
  auto operator()(auto a) const { return std::cos(a); }
};
struct HyperbolicTangent {
  auto operator()(auto a) const { return std::tanh(a); }
};
struct Absolute {
  auto operator()(auto a) const { return std::fabs(a); }
};
struct Negate {
  auto operator()(auto a) const { return -a; }
};
struct CopySign {
  auto operator()(auto sign, auto value) const { return std::copysign(value, sign); }
};

// Of two the one that is a number, unless NaNs are asked for; -0 is less than 0.
template <bool greater, bool keeps_nan>
struct Extreme {
  template <class T>
  T operator()(T a, T b) const {
    if (std::isnan(a) || std::isnan(b)) {
      if (keeps_nan) return std::numeric_limits<T>::quiet_NaN();
      return std::isnan(a) ? b : a;
    }
    if (a == b) return std::signbit(a) == greater ? b : a;
    return (a < b) == greater ? b : a;
  }
};

struct IsFinite {
  bool operator()(auto a) const { return std::isfinite(a); }
};
struct IsInfinite {
  bool operator()(auto a) const { return std::isinf(a); }
};
struct IsNumber {
  bool operator()(auto a) const { return !std::isnan(a); }
};
struct IsNan {
  bool operator()(auto a) const { return std::isnan(a); }
};
struct IsNormal {
  bool operator()(auto a) const { return std::isnormal(a); }
};
struct IsSubnormal {
  bool operator()(auto a) const { return std::fpclassify(a) == FP_SUBNORMAL; }
};

// Fused multiply-adds are a call of the C library's where the compiler may not use the processor's.
template <Run run>
#ifdef __x86_64__
__attribute__((target("avx2,fma"), flatten))
#endif
void with_fma(Warp& warp, const Instruction& instruction) {
  run(warp, instruction);
}
template <Run run>
Run best() {
#ifdef __x86_64__
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return run;
#endif
  return with_fma<run>;
}

template <class Op, class... Ts>
Run in_direction(int direction) {
  constexpr Run nearest = lanewise<Op, Ts...>;
  return direction == FE_TONEAREST ? best<nearest>() : best<rounded<nearest>>();
}

// An operation that makes the first of Ts from the others, with all modifiers that it may have.
template <class Op, class... Ts>
Run with_modifiers(Line& line, int direction) {
  const bool flushes = line.take("ftz"), saturates = line.take("sat");
  if constexpr (std::conjunction_v<std::is_same<Ts, float>...>) {
    if (flushes && saturates) return in_direction<Saturated<Flushed<Op>>, Ts...>(direction);
    if (flushes) return in_direction<Flushed<Op>, Ts...>(direction);
    if (saturates) return in_direction<Saturated<Op>, Ts...>(direction);
  } else if (flushes || saturates) {
    return nullptr;
  }
  return in_direction<Op, Ts...>(direction);
}

// `Source` is as often there as the operation has sources.
template <class Op, class... Source>
void build(Line& line) {
  line.ignore({"approx", "full"});  // where the double is exact
  const int direction = take_rounding(line);
  const Type type = line.take_type();
  const Run run = with_float(type, [&]<class T>(T) {
    return with_modifiers<Op, T, std::conditional_t<true, T, Source>...>(line, direction);
  });
  std::array<std::uint32_t, 4> at{line.destination(0, type)};
  for (std::size_t i = 1; i <= sizeof...(Source); ++i) at[i] = line.source(i, type);
  line.emit(run, {at[0], at[1], at[2], at[3]}).value = direction;
}
struct S;  // a source

template <bool greater>
void build_extreme(Line& line) {
  line.take("NaN") ? build<Extreme<greater, true>, S, S>(line) : build<Extreme<greater, false>, S, S>(line);
}

template <class Op>
Run test(Type type) {
  return with_float(type, []<class T>(T) -> Run { return lanewise<Op, bool, T>; });
}
void build_testp(Line& line) {
  const auto make = line.take_one<Run (*)(Type)>({{"finite", test<IsFinite>},
                                                  {"infinite", test<IsInfinite>},
                                                  {"number", test<IsNumber>},
                                                  {"notanumber", test<IsNan>},
                                                  {"normal", test<IsNormal>},
                                                  {"subnormal", test<IsSubnormal>}});
  const Type type = line.take_type();
  line.emit(make(type), {line.destination(0, Type::pred), line.source(1, type)});
}

constexpr Opcode opcodes[] = {
    {"add", build<Add, S, S>},
    {"sub", build<Subtract, S, S>},
    {"mul", build<Multiply, S, S>},
    {"fma", build<MultiplyAdd, S, S, S>},
    {"mad", build<MultiplyAdd, S, S, S>},
    {"div", build<Divide, S, S>},
    {"rcp", build<Reciprocal, S>},
    {"sqrt", build<SquareRoot, S>},
    {"rsqrt", build<ReciprocalRoot, S>},
    {"ex2", build<Exp2, S>},
    {"lg2", build<Log2, S>},
    {"sin", build<Sine, S>},
    {"cos", build<Cosine, S>},
    {"tanh", build<HyperbolicTangent, S>},
    {"abs", build<Absolute, S>},
    {"neg", build<Negate, S>},
    {"copysign", build<CopySign, S, S>},
    {"min", build_extreme<false>},
    {"max", build_extreme<true>},
    {"testp", build_testp},
};

}  // namespace

std::span<const Opcode> float_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
