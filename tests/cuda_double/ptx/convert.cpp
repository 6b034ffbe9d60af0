// cvt. Compiled as float.cpp is.
#include <cmath>
#include <limits>
#include <utility>

#include "tests/cuda_double/ptx/float_modifiers.h"
#include "tests/cuda_double/ptx/lanes.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/rounding.h"
#include "tests/cuda_double/tf32.h"

namespace duet::cuda_double::ptx {
namespace {

// Out of range: the nearest number. A NaN is 0, or for 64 bits on either side the highest bit alone.
template <class To>
struct ToInteger {
  template <class From>
  To operator()(From from) const {
    using Limits = std::numeric_limits<To>;
    if (std::isnan(from)) {
      if (sizeof(To) < 8 && sizeof(From) < 8) return 0;
      return static_cast<To>(std::make_unsigned_t<To>{1} << (8 * sizeof(To) - 1));
    }
    const From whole = std::nearbyint(from);
    // One more than the greatest number is a power of two, and a float.
    const From beyond = std::ldexp(From{1}, Limits::digits);
    if (whole >= beyond) return Limits::max();
    if (whole < (Limits::is_signed ? -beyond : From{0})) return Limits::min();
    return static_cast<To>(whole);
  }
};

template <class To>
struct Clamp {
  template <class From>
  To operator()(From from) const {
    using Limits = std::numeric_limits<To>;
    if (std::cmp_less(from, Limits::min())) return Limits::min();
    if (std::cmp_greater(from, Limits::max())) return Limits::max();
    return static_cast<To>(from);
  }
};

struct ToWhole {
  auto operator()(auto from) const { return std::nearbyint(from); }
};

template <class F>
auto with_number(Type type, F f) {
  return with_type<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t,
                   std::uint64_t, std::int64_t, float, double>(type, f);
}

struct Conversion {
  bool to_whole, flushes, saturates;
  int direction;

  template <class Op, class To, class From>
  Run in_direction() const {
    return direction == FE_TONEAREST ? Run{lanewise<Op, To, From>} : Run{rounded<lanewise<Op, To, From>>};
  }
  template <class Op, class To, class From>
  Run to_float() const {
    if (flushes && saturates) return in_direction<Saturated<Flushed<Op>>, To, From>();
    if (flushes) return in_direction<Flushed<Op>, To, From>();
    return saturates ? in_direction<Saturated<Op>, To, From>() : in_direction<Op, To, From>();
  }
  template <class To, class From>
  Run run() const {
    if constexpr (std::is_floating_point_v<To>) {
      if (!to_whole) return to_float<Convert<To>, To, From>();
      if constexpr (std::is_same_v<To, From>) return to_float<ToWhole, To, From>();
      return nullptr;
    } else if constexpr (std::is_floating_point_v<From>) {  // always saturated
      return flushes ? in_direction<Flushed<ToInteger<To>>, To, From>()
                     : in_direction<ToInteger<To>, To, From>();
    } else {
      return saturates ? lanewise<Clamp<To>, To, From> : lanewise<Convert<To>, To, From>;
    }
  }
};

struct ToTf32 {
  float operator()(float from) const { return to_tf32(from); }
};

void build_cvt_to_tf32(Line& line) {
  if (!line.take("rna")) line.unsupported("its rounding");
  if (line.take_type() != Type::f32) line.unsupported("its type");
  line.emit(lanewise<ToTf32, float, float>, {line.destination(0, Type::b32), line.source(1, Type::f32)});
}

void build_cvt(Line& line) {
  if (line.take("tf32")) return build_cvt_to_tf32(line);
  Conversion how{false, false, false, take_rounding(line)};
  for (const auto& [name, direction] :
       {std::pair{"rni", FE_TONEAREST}, {"rzi", FE_TOWARDZERO}, {"rmi", FE_DOWNWARD}, {"rpi", FE_UPWARD}}) {
    if (!line.take(name)) continue;
    how.to_whole = true;
    how.direction = direction;
  }
  how.flushes = line.take("ftz");
  how.saturates = line.take("sat");
  const Type to = line.take_type(), from = line.take_type();
  const Run run = with_number(to, [&]<class To>(To) {
    return with_number(from, [&]<class From>(From) { return how.template run<To, From>(); });
  });
  line.emit(run, {line.destination(0, to), line.source(1, from)}).value = how.direction;
}

constexpr Opcode opcodes[] = {{"cvt", build_cvt}};

}  // namespace

std::span<const Opcode> convert_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
