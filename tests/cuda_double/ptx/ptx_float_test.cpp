// Floats: results that are rounded once, in every direction, against exact values: a float's product fits a
// double, a sum is a double and what it lost.
#include <cfenv>

#include "tests/cuda_double/ptx/opcode.h"

namespace duet::cuda_double {
namespace {

// a + b = high + low, exactly (Knuth).
struct Exact {
  double high, low;
};
Exact sum(double a, double b) {
  const double high = a + b, of_b = high - a, low = (a - (high - of_b)) + (b - of_b);
  return {high, std::isfinite(high) ? low : 0};
}

// The float next to an exact value: `from` its nearest, moved where that is on the wrong side.
float rounded(const Exact& exact, const std::string& direction) {
  const auto nearest = static_cast<float>(exact.high);
  if (std::isnan(nearest) || std::isinf(exact.high)) return nearest;
  double beyond = double{nearest} - exact.high - exact.low;  // > 0: the nearest is above
  if (std::isinf(nearest)) beyond = double{nearest};
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float towards = direction == "rm"   ? -infinity
                        : direction == "rp" ? infinity
                        : exact.high > 0    ? -infinity
                                            : infinity;
  const bool wrong = towards < 0 ? beyond > 0 : beyond < 0;
  return direction != "rn" && wrong ? std::nextafter(nearest, towards) : nearest;
}
constexpr const char* directions[] = {"rn", "rz", "rm", "rp"};

// +0 and -0 are the same: which it is depends on the direction.
float without_sign_of_zero(float value) { return value == 0 ? 0 : value; }
std::string with_unsigned_zero(const std::string& body) {
  return body + " { .reg .pred z; setp.eq.f32 z, %d, 0f00000000; @z mov.f32 %d, 0f00000000; }";
}

TEST(PtxFloat, SumsAndProductsInEveryDirection) {
  for (const std::string direction : directions) {
    expect_opcode<float, float, float>(
        with_unsigned_zero("mul." + direction + ".f32 %d, %a, %b;"), [&](float a, float b) {
          return without_sign_of_zero(rounded({double{a} * double{b}, 0}, direction));
        });
    if (direction == "rn") continue;  // a double sum, rounded again, is not always the nearest
    expect_opcode<float, float, float>(
        with_unsigned_zero("add." + direction + ".f32 %d, %a, %b;"), [&](float a, float b) {
          return without_sign_of_zero(rounded(sum(double{a}, double{b}), direction));
        });
    expect_opcode<float, float, float, float>(
        with_unsigned_zero("fma." + direction + ".f32 %d, %a, %b, %c;"), [&](float a, float b, float c) {
          return without_sign_of_zero(rounded(sum(double{a} * double{b}, double{c}), direction));
        });
  }
}

TEST(PtxFloat, Nearest) {
  expect_opcode<float, float, float>("add.f32 %d, %a, %b;", [](float a, float b) { return a + b; });
  expect_opcode<float, float, float>("sub.rn.f32 %d, %a, %b;", [](float a, float b) { return a - b; });
  expect_opcode<float, float, float, float>("fma.rn.f32 %d, %a, %b, %c;",
                                            [](float a, float b, float c) { return std::fma(a, b, c); });
  expect_opcode<double, double, double>("add.f64 %d, %a, %b;", [](double a, double b) { return a + b; });
  expect_opcode<double, double, double>("mul.rn.f64 %d, %a, %b;", [](double a, double b) { return a * b; });
  expect_opcode<double, double, double, double>(
      "fma.rn.f64 %d, %a, %b, %c;", [](double a, double b, double c) { return std::fma(a, b, c); });
  // Not contracted: two roundings.
  expect_opcode<float, float, float, float>("mul.rn.f32 %d, %a, %b; add.rn.f32 %d, %d, %c;",
                                            [](float a, float b, float c) {
                                              const volatile float product = a * b;
                                              return product + c;
                                            });
}

// A double quotient or root of floats, rounded again, is the nearest float (Figueroa).
TEST(PtxFloat, QuotientsAndRoots) {
  expect_opcode<float, float, float>("div.rn.f32 %d, %a, %b;",
                                     [](float a, float b) { return double{a} / double{b}; });
  expect_opcode<float, float>("rcp.rn.f32 %d, %a;", [](float a) { return 1 / double{a}; });
  expect_opcode<float, float>("sqrt.rn.f32 %d, %a;", [](float a) { return std::sqrt(double{a}); });
  expect_opcode<double, double, double>("div.rn.f64 %d, %a, %b;", [](double a, double b) { return a / b; });
  expect_opcode<double, double>("rcp.rn.f64 %d, %a;", [](double a) { return 1 / a; });
  expect_opcode<double, double>("sqrt.rn.f64 %d, %a;", [](double a) { return std::sqrt(a); });
}

TEST(PtxFloat, Approximations) {
  const auto expect_near = [](const std::string& opcode, double (*expected)(double)) {
    const std::vector<std::tuple<float>> operands{{0.25f}, {0.5f}, {1.f}, {1.75f}, {3.f}};
    const auto results = evaluate<float>(opcode + " %d, %a;", operands);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const double wanted = expected(double{std::get<0>(operands[i])});
      EXPECT_NEAR(results[i], wanted, 1e-6 * std::fabs(wanted) + 1e-7) << opcode;
    }
  };
  expect_near("ex2.approx.ftz.f32", [](double a) { return std::pow(2, a); });
  expect_near("lg2.approx.f32", [](double a) { return std::log(a) / std::log(2.0); });
  expect_near("sin.approx.f32", [](double a) { return std::sin(a); });
  expect_near("cos.approx.f32", [](double a) { return std::cos(a); });
  expect_near("tanh.approx.f32", [](double a) { return std::tanh(a); });
  expect_near("rsqrt.approx.f32", [](double a) { return 1 / std::sqrt(a); });
  expect_near("rcp.approx.ftz.f32", [](double a) { return 1 / a; });
  expect_near("sqrt.approx.f32", [](double a) { return std::sqrt(a); });
}

TEST(PtxFloat, FlushedAndSaturated) {
  const auto flush = [](float value) {
    return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.f, value) : value;
  };
  const auto saturate = [](float value) {
    return std::isnan(value) || value < 0 ? 0.f : std::min(value, 1.f) + 0.f;
  };
  expect_opcode<float, float, float>("mul.ftz.f32 %d, %a, %b;",
                                     [&](float a, float b) { return flush(flush(a) * flush(b)); });
  expect_opcode<float, float, float>("add.sat.f32 %d, %a, %b;",
                                     [&](float a, float b) { return saturate(a + b); });
  expect_opcode<float, float, float, float>(
      "fma.rn.ftz.sat.f32 %d, %a, %b, %c;",
      [&](float a, float b, float c) { return saturate(flush(std::fma(flush(a), flush(b), flush(c)))); });
  expect_opcode<float, float>("abs.ftz.f32 %d, %a;", [&](float a) { return std::fabs(flush(a)); });
}

TEST(PtxFloat, SignsAndExtremes) {
  expect_opcode<float, float>("neg.f32 %d, %a;", [](float a) { return -a; });
  expect_opcode<double, double>("abs.f64 %d, %a;", [](double a) { return std::fabs(a); });
  expect_opcode<float, float, float>("copysign.f32 %d, %a, %b;",
                                     [](float sign, float value) { return std::copysign(value, sign); });
  const auto least = [](auto a, auto b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? b : a;
    return a < b || (a == b && std::signbit(a)) ? a : b;
  };
  expect_opcode<float, float, float>("min.f32 %d, %a, %b;", [&](float a, float b) { return least(a, b); });
  expect_opcode<double, double, double>("min.f64 %d, %a, %b;",
                                        [&](double a, double b) { return least(a, b); });
  expect_opcode<float, float, float>("max.f32 %d, %a, %b;", [&](float a, float b) { return -least(-a, -b); });
  expect_opcode<float, float, float>("max.NaN.f32 %d, %a, %b;", [&](float a, float b) {
    return std::isnan(a) || std::isnan(b) ? std::numeric_limits<float>::quiet_NaN() : -least(-a, -b);
  });
}

TEST(PtxFloat, Classes) {
  const auto expect_class = [](const std::string& name, bool (*expected)(float)) {
    expect_opcode<U32, float>("{ .reg .pred p; testp." + name + ".f32 p, %a; selp.u32 %d, 1, 0, p; }",
                              [&](float a) { return U32{expected(a)}; });
  };
  expect_class("finite",
               [](float a) { return std::fpclassify(a) != FP_INFINITE && std::fpclassify(a) != FP_NAN; });
  expect_class("infinite", [](float a) { return std::fpclassify(a) == FP_INFINITE; });
  expect_class("number", [](float a) { return std::fpclassify(a) != FP_NAN; });
  expect_class("notanumber", [](float a) { return std::fpclassify(a) == FP_NAN; });
  expect_class("normal", [](float a) { return std::fpclassify(a) == FP_NORMAL; });
  expect_class("subnormal", [](float a) { return std::fpclassify(a) == FP_SUBNORMAL; });
}

}  // namespace
}  // namespace duet::cuda_double
