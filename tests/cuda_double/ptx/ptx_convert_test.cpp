// cvt, and mov of parts, against the manual's words.
#include "tests/cuda_double/ptx/opcode.h"

namespace duet::cuda_double {
namespace {

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U64 = std::uint64_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

TEST(PtxConvert, IntegersToIntegers) {
  expect_opcode<U32, U64>("cvt.u32.u64 %d, %a;", [](U64 a) { return static_cast<U32>(a); });
  expect_opcode<S64, S32>("cvt.s64.s32 %d, %a;", [](S32 a) { return S64{a}; });
  expect_opcode<U64, U32>("cvt.u64.u32 %d, %a;", [](U32 a) { return U64{a}; });
  // A result that is narrower than its register is extended by its own sign; an operand's high bits are left
  // out.
  expect_opcode<U32, U32>("cvt.s16.s8 %d, %a;",
                          [](U32 a) { return static_cast<U32>(static_cast<std::int8_t>(a)); });
  expect_opcode<U32, U32>("cvt.u16.u32 %d, %a;", [](U32 a) { return a & 0xffff; });
  expect_opcode<U64, U32>("cvt.s32.s8 %d, %a;",
                          [](U32 a) { return static_cast<U64>(S64{static_cast<std::int8_t>(a)}); });
  expect_opcode<U16, S32>("cvt.sat.u16.s32 %d, %a;",
                          [](S32 a) { return static_cast<U16>(a < 0 ? 0 : std::min(a, 0xffff)); });
  expect_opcode<S32, S64>("cvt.sat.s32.s64 %d, %a;", [](S64 a) {
    return static_cast<S32>(std::min(std::max(a, -(S64{1} << 31)), (S64{1} << 31) - 1));
  });
  expect_opcode<S32, U32>("cvt.sat.s32.u32 %d, %a;",
                          [](U32 a) { return static_cast<S32>(std::min(a, 0x7fffffffu)); });
}

template <class To, class From>
To clamped(From whole) {
  using Limits = std::numeric_limits<To>;
  if (std::isnan(whole)) {
    if (sizeof(To) < 8 && sizeof(From) < 8) return 0;
    return static_cast<To>(U64{1} << (8 * sizeof(To) - 1));
  }
  const long double exact = whole;  // holds every integer of 64 bits
  if (exact < static_cast<long double>(Limits::min())) return Limits::min();
  if (exact > static_cast<long double>(Limits::max())) return Limits::max();
  return static_cast<To>(exact);
}

TEST(PtxConvert, FloatsToIntegers) {
  expect_opcode<S32, float>("cvt.rzi.s32.f32 %d, %a;", [](float a) { return clamped<S32>(std::trunc(a)); });
  expect_opcode<U32, float>("cvt.rzi.u32.f32 %d, %a;", [](float a) { return clamped<U32>(std::trunc(a)); });
  expect_opcode<U64, float>("cvt.rzi.u64.f32 %d, %a;", [](float a) { return clamped<U64>(std::trunc(a)); });
  expect_opcode<S64, double>("cvt.rmi.s64.f64 %d, %a;", [](double a) { return clamped<S64>(std::floor(a)); });
  expect_opcode<S32, double>("cvt.rpi.s32.f64 %d, %a;", [](double a) { return clamped<S32>(std::ceil(a)); });
  expect_opcode<S32, float>("cvt.rni.s32.f32 %d, %a;", [](float a) {
    const float below = std::floor(a), fraction = a - below;
    const bool up = fraction > 0.5f || (fraction == 0.5f && std::fmod(below, 2.f) != 0);
    return clamped<S32>(up ? below + 1 : below);
  });
  expect_opcode<U16, float>("cvt.rzi.u16.f32 %d, %a;", [](float a) { return clamped<U16>(std::trunc(a)); });
}

// The float beside an integer, by its direction: long double holds the integer, and comparisons are exact.
template <class F>
F beside(long double exact, F towards) {
  const F nearest = static_cast<F>(exact);
  const bool wrong =
      towards > 0 ? static_cast<long double>(nearest) < exact : static_cast<long double>(nearest) > exact;
  return wrong ? std::nextafter(nearest, towards) : nearest;
}

TEST(PtxConvert, IntegersToFloats) {
  expect_opcode<float, S32>("cvt.rn.f32.s32 %d, %a;", [](S32 a) { return static_cast<float>(a); });
  expect_opcode<float, U64>("cvt.rn.f32.u64 %d, %a;", [](U64 a) { return static_cast<float>(a); });
  expect_opcode<double, U64>("cvt.rn.f64.u64 %d, %a;", [](U64 a) { return static_cast<double>(a); });
  expect_opcode<float, U16>("cvt.rn.f32.u16 %d, %a;", [](U16 a) { return static_cast<float>(a); });
  expect_opcode<float, U32>("cvt.rp.f32.u32 %d, %a;", [](U32 a) { return beside<float>(a, INFINITY); });
  expect_opcode<float, S64>("cvt.rm.f32.s64 %d, %a;", [](S64 a) { return beside<float>(a, -INFINITY); });
  expect_opcode<float, U64>("cvt.rz.f32.u64 %d, %a;", [](U64 a) { return beside<float>(a, -INFINITY); });
  expect_opcode<double, S64>("cvt.rp.f64.s64 %d, %a;",
                             [](S64 a) { return beside<double>(a, double{INFINITY}); });
}

TEST(PtxConvert, FloatsToFloats) {
  expect_opcode<double, float>("cvt.f64.f32 %d, %a;", [](float a) { return double{a}; });
  expect_opcode<float, double>("cvt.rn.f32.f64 %d, %a;", [](double a) { return static_cast<float>(a); });
  expect_opcode<float, double>("cvt.rm.f32.f64 %d, %a;", [](double a) {
    const auto nearest = static_cast<float>(a);
    return double{nearest} > a ? std::nextafter(nearest, -INFINITY) : nearest;
  });
  expect_opcode<float, float>("cvt.rmi.f32.f32 %d, %a;", [](float a) { return std::floor(a); });
  expect_opcode<float, float>("cvt.rpi.f32.f32 %d, %a;", [](float a) { return std::ceil(a); });
  expect_opcode<double, double>("cvt.rzi.f64.f64 %d, %a;", [](double a) { return std::trunc(a); });
  expect_opcode<float, float>("cvt.sat.f32.f32 %d, %a;",
                              [](float a) { return std::isnan(a) || a <= 0 ? 0.f : std::min(a, 1.f); });
  expect_opcode<float, float>("cvt.ftz.sat.f32.f32 %d, %a;", [](float a) {
    return std::isnan(a) || a < std::numeric_limits<float>::min() ? 0.f : std::min(a, 1.f);
  });
}

// std::round() takes ties away from zero. Below the smallest normal number the bits keep their places.
U32 nearest_tf32(float a) {
  if (std::isnan(a)) return std::bit_cast<U32>(a) & ~U32{0x1fff};
  if (std::isinf(a)) return std::bit_cast<U32>(a);
  int exponent = 0;
  std::frexp(a, &exponent);
  const int last = std::max(exponent, std::numeric_limits<float>::min_exponent) - 11;
  return std::bit_cast<U32>(static_cast<float>(std::ldexp(std::round(std::ldexp(double{a}, -last)), last)));
}

TEST(PtxConvert, FloatsToTf32) {
  expect_opcode<U32, float>("cvt.rna.tf32.f32 %d, %a;", nearest_tf32);
  std::mt19937 random(2);
  std::vector<std::tuple<float>> some;
  for (int i = 0; i < 1000; ++i) {
    const U32 bits = static_cast<U32>(random()) & ~U32{0x1fff};
    for (const U32 beyond : {0u, 1u, 0xfffu, 0x1000u, 0x1001u, 0x1fffu})  // 0x1000: as near to both
      some.emplace_back(std::bit_cast<float>(bits | beyond));
  }
  const std::vector<U32> results = evaluate<U32>("cvt.rna.tf32.f32 %d, %a;", some);
  for (std::size_t i = 0; i < some.size(); ++i) {
    const float a = std::get<0>(some[i]);
    if (std::isnan(a)) continue;
    ASSERT_EQ(results[i], nearest_tf32(a)) << a;
  }
}

TEST(PtxConvert, PartsAndWholes) {
  expect_opcode<U64, U32, U32>("mov.b64 %d, {%a, %b};", [](U32 a, U32 b) { return U64{b} << 32 | a; });
  expect_opcode<U32, U64>("{ .reg .b32 low; mov.b64 {low, %d}, %a; }",
                          [](U64 a) { return static_cast<U32>(a >> 32); });
  expect_opcode<U32, U16, U16>("mov.b32 %d, {%a, %b};", [](U16 a, U16 b) { return U32{b} << 16 | a; });
  expect_opcode<U16, U64>("{ .reg .b16 p<3>; mov.b64 {p0, p1, %d, p2}, %a; }",
                          [](U64 a) { return static_cast<U16>(a >> 32); });
  expect_opcode<U32, U32>("{ .reg .b8 b<4>; mov.b32 {b0, b1, b2, b3}, %a; mov.b32 %d, {b3, b2, b1, b0}; }",
                          [](U32 a) { return __builtin_bswap32(a); });
  expect_opcode<U16, U64>("{ .reg .b16 _x; mov.b64 {_, _x, _, %d}, %a; }",
                          [](U64 a) { return static_cast<U16>(a >> 48); });
}

TEST(PtxConvert, NumbersAsTheyAreWritten) {
  const auto number = [](const std::string& text) {
    return evaluate<U64>("mov.b64 %d, " + text + ";", std::vector<std::tuple<U8>>{{}})[0];
  };
  EXPECT_EQ(number("-1"), ~U64{0});
  EXPECT_EQ(number("0x1fU"), 31u);
  EXPECT_EQ(number("0b101"), 5u);
  EXPECT_EQ(number("017"), 15u);
  EXPECT_EQ(number("18446744073709551615"), ~U64{0});
  EXPECT_EQ(number("0d3FF0000000000000"), std::bit_cast<U64>(1.0));
  EXPECT_EQ(evaluate<float>("mov.f32 %d, 0fBFC00000;", std::vector<std::tuple<U8>>{{}})[0], -1.5f);
  EXPECT_EQ(evaluate<float>("add.f32 %d, 0.25, -1;", std::vector<std::tuple<U8>>{{}})[0], -0.75f);
  EXPECT_EQ(evaluate<double>("mov.f64 %d, 0f3F000000;", std::vector<std::tuple<U8>>{{}})[0], 0.5);
}

}  // namespace
}  // namespace duet::cuda_double
