// Bits, bit by bit: the oracle builds every result from single bits as the manual defines them.
#include <algorithm>
#include <bitset>

#include "tests/cuda_double/ptx/opcode.h"

namespace duet::cuda_double {
namespace {

using U16 = std::uint16_t;
using U64 = std::uint64_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

TEST(PtxBits, Logic) {
  expect_opcode<U16, U16, U16>("and.b16 %d, %a, %b;", [](U16 a, U16 b) { return static_cast<U16>(a & b); });
  expect_opcode<U32, U32, U32>("or.b32 %d, %a, %b;", [](U32 a, U32 b) { return a | b; });
  expect_opcode<U64, U64, U64>("xor.b64 %d, %a, %b;", [](U64 a, U64 b) { return a ^ b; });
  expect_opcode<U16, U16>("not.b16 %d, %a;", [](U16 a) { return static_cast<U16>(~a); });
  expect_opcode<U64, U64>("cnot.b64 %d, %a;", [](U64 a) { return U64{a == 0}; });
}

TEST(PtxBits, AnyFunctionOfThree) {
  for (const U32 table : {0x00u, 0x01u, 0x96u, 0xcau, 0xe8u, 0xffu}) {
    expect_opcode<U32, U32, U32, U32>(
        "lop3.b32 %d, %a, %b, %c, " + std::to_string(table) + ";", [&](U32 a, U32 b, U32 c) {
          U32 result = 0;
          for (int bit = 0; bit < 32; ++bit) {
            const U32 row = (a >> bit & 1) * 4 + (b >> bit & 1) * 2 + (c >> bit & 1);
            result |= (table >> row & 1) << bit;
          }
          return result;
        });
  }
}

TEST(PtxBits, Shifts) {
  expect_opcode<U32, U32, U32>("shl.b32 %d, %a, %b;", [](U32 a, U32 by) { return by > 31 ? 0 : a << by; });
  expect_opcode<U16, U16, U32>("shl.b16 %d, %a, %b;",
                               [](U16 a, U32 by) { return static_cast<U16>(by > 15 ? 0 : a << by); });
  expect_opcode<U64, U64, U32>("shr.u64 %d, %a, %b;", [](U64 a, U32 by) { return by > 63 ? 0 : a >> by; });
  expect_opcode<S64, S64, U32>("shr.s64 %d, %a, %b;", [](S64 a, U32 by) { return a >> std::min(by, 63u); });
  expect_opcode<S32, S32, U32>("shr.s32 %d, %a, %b;", [](S32 a, U32 by) { return a >> std::min(by, 31u); });
}

TEST(PtxBits, FunnelShifts) {
  const auto shifted = [](U32 a, U32 b, U32 by, bool left) {
    const std::bitset<64> both(U64{b} << 32 | a);
    return static_cast<U32>((left ? (both << by) >> 32 : (both >> by)).to_ullong());
  };
  expect_opcode<U32, U32, U32, U32>("shf.l.wrap.b32 %d, %a, %b, %c;",
                                    [&](U32 a, U32 b, U32 c) { return shifted(a, b, c % 32, true); });
  expect_opcode<U32, U32, U32, U32>("shf.r.wrap.b32 %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
    return static_cast<U32>((U64{b} << 32 | a) >> c % 32);
  });
  expect_opcode<U32, U32, U32, U32>("shf.l.clamp.b32 %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
    return c >= 32 ? a : shifted(a, b, c, true);
  });
  expect_opcode<U32, U32, U32, U32>("shf.r.clamp.b32 %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
    return c >= 32 ? b : static_cast<U32>((U64{b} << 32 | a) >> c);
  });
}

TEST(PtxBits, Counts) {
  expect_opcode<U32, U32>("popc.b32 %d, %a;",
                          [](U32 a) { return static_cast<U32>(std::bitset<32>(a).count()); });
  expect_opcode<U32, U64>("popc.b64 %d, %a;",
                          [](U64 a) { return static_cast<U32>(std::bitset<64>(a).count()); });
  const auto highest = [](U64 a, int width) {
    for (int bit = width - 1; bit >= 0; --bit) {
      if ((a >> bit & 1) != 0) return bit;
    }
    return -1;
  };
  expect_opcode<U32, U32>("clz.b32 %d, %a;", [&](U32 a) { return static_cast<U32>(31 - highest(a, 32)); });
  expect_opcode<U32, U64>("clz.b64 %d, %a;", [&](U64 a) { return static_cast<U32>(63 - highest(a, 64)); });
  expect_opcode<U32, U32>("bfind.u32 %d, %a;", [&](U32 a) { return static_cast<U32>(highest(a, 32)); });
  expect_opcode<U32, S64>("bfind.s64 %d, %a;", [&](S64 a) {
    return static_cast<U32>(highest(static_cast<U64>(a < 0 ? ~a : a), 64));
  });
  expect_opcode<U32, S32>("bfind.shiftamt.s32 %d, %a;", [&](S32 a) {
    const int bit = highest(static_cast<U32>(a < 0 ? ~a : a), 32);
    return bit < 0 ? ~0u : static_cast<U32>(31 - bit);
  });
  expect_opcode<U64, U64>("brev.b64 %d, %a;", [](U64 a) {
    U64 result = 0;
    for (int bit = 0; bit < 64; ++bit) result |= (a >> bit & 1) << (63 - bit);
    return result;
  });
}

// The manual's own loop.
template <class T>
T extracted(T a, U32 b, U32 c) {
  const U32 position = b & 0xff, length = c & 0xff, top = 8 * sizeof(T) - 1;
  const auto bit = [&](U32 at) { return static_cast<std::make_unsigned_t<T>>(a) >> at & 1; };
  const bool fill = !std::is_unsigned_v<T> && length != 0 && bit(std::min(position + length - 1, top)) != 0;
  std::make_unsigned_t<T> d = 0;
  for (U32 i = 0; i <= top; ++i) {
    const bool set = i < length && position + i <= top ? bit(position + i) != 0 : fill;
    d |= static_cast<std::make_unsigned_t<T>>(set) << i;
  }
  return static_cast<T>(d);
}
template <class T>
T inserted(T a, T b, U32 position, U32 length) {
  T f = b;
  for (U32 i = 0; i < length && position + i < 8 * sizeof(T); ++i) {
    f = (f & ~(T{1} << (position + i))) | ((a >> i & 1) << (position + i));
  }
  return f;
}

TEST(PtxBits, Fields) {
  expect_opcode<U32, U32, U32, U32>("bfe.u32 %d, %a, %b, %c;", extracted<U32>);
  expect_opcode<S32, S32, U32, U32>("bfe.s32 %d, %a, %b, %c;", extracted<S32>);
  expect_opcode<U64, U64, U32, U32>("bfe.u64 %d, %a, %b, %c;", extracted<U64>);
  expect_opcode<S64, S64, U32, U32>("bfe.s64 %d, %a, %b, %c;", extracted<S64>);
  for (const auto& [first, count] :
       {std::pair{0u, 32u}, {5u, 7u}, {28u, 9u}, {31u, 1u}, {40u, 3u}, {3u, 0u}}) {
    const U32 position = first, length = count;  // which lambdas may take
    const std::string field = ", " + std::to_string(position) + ", " + std::to_string(length) + ";";
    expect_opcode<U32, U32, U32>("bfi.b32 %d, %a, %b" + field,
                                 [&](U32 a, U32 b) { return inserted(a, b, position, length); });
    expect_opcode<U64, U64, U64>("bfi.b64 %d, %a, %b" + field,
                                 [&](U64 a, U64 b) { return inserted(a, b, position, length); });
  }
  expect_opcode<U32, U32, U32>("bmsk.clamp.b32 %d, %a, %b;", [](U32 first, U32 length) {
    return inserted(~0u, 0u, std::min(first, 32u), std::min(length, 32u));
  });
  expect_opcode<U32, U32, U32>("bmsk.wrap.b32 %d, %a, %b;", [](U32 first, U32 length) {
    return inserted(~0u, 0u, first % 32, length % 32);
  });
}

TEST(PtxBits, Permutations) {
  const auto byte = [](U32 a, U32 b, U32 which) {
    return (which < 4 ? a >> 8 * which : b >> 8 * (which - 4)) & 0xff;
  };
  expect_opcode<U32, U32, U32, U32>("prmt.b32 %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
    U32 d = 0;
    for (U32 i = 0; i < 4; ++i) {
      const U32 control = c >> 4 * i & 0xf;
      U32 value = byte(a, b, control & 7);
      if ((control & 8) != 0) value = value > 127 ? 0xff : 0;
      d |= value << 8 * i;
    }
    return d;
  });
  // The tables of the manual: bytes of the result from the highest on, for c = 0 .. 3.
  const std::pair<const char*, const char*> modes[] = {
      {"f4e", "3210 4321 5432 6543"}, {"b4e", "5670 6701 7012 0123"}, {"rc8", "0000 1111 2222 3333"},
      {"ecl", "3210 3211 3222 3333"}, {"ecr", "0000 1110 2210 3210"}, {"rc16", "1010 3232 1010 3232"}};
  for (const auto& [mode, bytes] : modes) {
    const char* const table = bytes;
    expect_opcode<U32, U32, U32, U32>(
        std::string("prmt.b32.") + mode + " %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
          U32 d = 0;
          for (U32 i = 0; i < 4; ++i) d = d << 8 | byte(a, b, static_cast<U32>(table[(c & 3) * 5 + i] - '0'));
          return d;
        });
  }
}

std::string compared(const std::string& test, const std::string& type) {
  return "{ .reg .pred p; setp." + test + "." + type + " p, %a, %b; selp.u32 %d, 1, 0, p; }";
}

TEST(PtxBits, ComparisonsOfIntegers) {
  expect_opcode<U32, S32, S32>(compared("eq", "s32"), [](S32 a, S32 b) { return U32{a == b}; });
  expect_opcode<U32, U64, U64>(compared("ne", "b64"), [](U64 a, U64 b) { return U32{a != b}; });
  expect_opcode<U32, S32, S32>(compared("lt", "s32"), [](S32 a, S32 b) { return U32{a < b}; });
  expect_opcode<U32, U32, U32>(compared("lt", "u32"), [](U32 a, U32 b) { return U32{a < b}; });
  expect_opcode<U32, S64, S64>(compared("le", "s64"), [](S64 a, S64 b) { return U32{a <= b}; });
  expect_opcode<U32, U16, U16>(compared("gt", "u16"), [](U16 a, U16 b) { return U32{a > b}; });
  expect_opcode<U32, S32, S32>(compared("ge", "s32"), [](S32 a, S32 b) { return U32{a >= b}; });
  expect_opcode<U32, U32, U32>(compared("lo", "u32"), [](U32 a, U32 b) { return U32{a < b}; });
  expect_opcode<U32, U32, U32>(compared("ls", "u32"), [](U32 a, U32 b) { return U32{a <= b}; });
  expect_opcode<U32, U32, U32>(compared("hi", "u32"), [](U32 a, U32 b) { return U32{a > b}; });
  expect_opcode<U32, U64, U64>(compared("hs", "u64"), [](U64 a, U64 b) { return U32{a >= b}; });
}

// In order: false where one is a NaN; with a u behind: true there.
TEST(PtxBits, ComparisonsOfFloats) {
  const std::pair<const char*, bool (*)(float, float)> comparisons[] = {{"eq", [](float a, float b) { return a == b; }},
                                                                        {"ne", [](float a, float b) { return a < b || a > b; }},
                                                                        {"lt", [](float a, float b) { return a < b; }},
                                                                        {"le", [](float a, float b) { return a <= b; }},
                                                                        {"gt", [](float a, float b) { return a > b; }},
                                                                        {"ge", [](float a, float b) { return a >= b; }}};
  for (const auto& [name, test] : comparisons) {
    const auto holds = test;
    expect_opcode<U32, float, float>(compared(name, "f32"),
                                     [&](float a, float b) { return U32{holds(a, b)}; });
    expect_opcode<U32, float, float>(compared(std::string(name) + "u", "f32"), [&](float a, float b) {
      return U32{std::isunordered(a, b) || holds(a, b)};
    });
  }
  expect_opcode<U32, double, double>(compared("num", "f64"),
                                     [](double a, double b) { return U32{!std::isunordered(a, b)}; });
  expect_opcode<U32, double, double>(compared("nan", "f64"),
                                     [](double a, double b) { return U32{std::isunordered(a, b)}; });
  expect_opcode<U32, float, float>(compared("equ.ftz", "f32"), [](float a, float b) {
    const auto flush = [](float value) { return std::fpclassify(value) == FP_SUBNORMAL ? 0.f : value; };
    return U32{std::isunordered(a, b) || flush(a) == flush(b)};
  });
}

TEST(PtxBits, JoinedComparisonsAndChoices) {
  // Both results, joined with a third predicate.
  expect_opcode<U32, S32, S32, U32>(
      "{ .reg .pred p, q, r; .reg .u32 t; and.b32 t, %c, 1; setp.eq.u32 r, t, 1; setp.ge.and.s32 p|q, %a, "
      "%b, !r;"
      " selp.u32 %d, 2, 0, p; selp.u32 t, 1, 0, q; or.b32 %d, %d, t; }",
      [](S32 a, S32 b, U32 c) { return c % 2 == 1 ? 0u
                                       : a >= b   ? 2u
                                                  : 1u; });
  expect_opcode<U32, S32, S32>("set.gt.u32.s32 %d, %a, %b;", [](S32 a, S32 b) { return a > b ? ~0u : 0u; });
  expect_opcode<float, S32, S32>("set.gt.f32.s32 %d, %a, %b;",
                                 [](S32 a, S32 b) { return a > b ? 1.f : 0.f; });
  expect_opcode<U64, U64, U64, S32>("slct.u64.s32 %d, %a, %b, %c;",
                                    [](U64 a, U64 b, S32 c) { return c >= 0 ? a : b; });
  expect_opcode<U32, U32, U32, float>("slct.u32.f32 %d, %a, %b, %c;",
                                      [](U32 a, U32 b, float c) { return c >= 0 ? a : b; });
}

}  // namespace
}  // namespace duet::cuda_double
