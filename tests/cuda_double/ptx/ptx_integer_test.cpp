// Integers: each instruction for both ends of its type and much between, against arithmetic that is wide
// enough.
#include "tests/cuda_double/ptx/opcode.h"

namespace duet::cuda_double {
namespace {

__extension__ using Int128 = __int128;

template <class T>
const char* suffix() {
  constexpr int index = sizeof(T) == 2 ? 0 : sizeof(T) == 4 ? 1 : 2;
  constexpr const char* of_unsigned[] = {"u16", "u32", "u64"};
  constexpr const char* of_signed[] = {"s16", "s32", "s64"};
  return std::is_signed_v<T> ? of_signed[index] : of_unsigned[index];
}

// "add.# %d, %a, %b;" with the type for #
template <class T>
std::string with_suffix(std::string body) {
  for (std::size_t at; (at = body.find('#')) != body.npos;) body.replace(at, 1, suffix<T>());
  return body;
}

template <class T>
void expect_binary(const std::string& body, Int128 (*expected)(Int128, Int128)) {
  expect_opcode<T, T, T>(with_suffix<T>(body), [&](T a, T b) { return static_cast<T>(expected(a, b)); });
}
template <class F>
void for_integers(F f) {
  f(std::uint16_t{}), f(std::int16_t{}), f(std::uint32_t{}), f(std::int32_t{}), f(std::uint64_t{}),
      f(std::int64_t{});
}

TEST(PtxInteger, SumsAndLowProducts) {
  for_integers([]<class T>(T) {
    expect_binary<T>("add.# %d, %a, %b;", [](Int128 a, Int128 b) { return a + b; });
    expect_binary<T>("sub.# %d, %a, %b;", [](Int128 a, Int128 b) { return a - b; });
    expect_binary<T>("mul.lo.# %d, %a, %b;", [](Int128 a, Int128 b) {
      // NOLINTNEXTLINE(bugprone-misplaced-widening-cast): the lower half is asked for
      return static_cast<Int128>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    });
    expect_binary<T>("min.# %d, %a, %b;", [](Int128 a, Int128 b) { return a < b ? a : b; });
    expect_binary<T>("max.# %d, %a, %b;", [](Int128 a, Int128 b) { return a > b ? a : b; });
  });
}

TEST(PtxInteger, HighAndWideProducts) {
  for_integers([]<class T>(T) {
    expect_opcode<T, T, T>(with_suffix<T>("mul.hi.# %d, %a, %b;"), [](T a, T b) {
      if constexpr (std::is_same_v<T, std::uint64_t>) {  // by halves: the whole is beyond Int128
        const std::uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
        const std::uint64_t middle = ah * bl + (al * bl >> 32), other = al * bh + (middle & 0xffffffff);
        return ah * bh + (middle >> 32) + (other >> 32);
      } else {
        return static_cast<T>(Int128{a} * Int128{b} >> 8 * sizeof(T));
      }
    });
  });
  expect_opcode<std::int32_t, std::int16_t, std::int16_t>("mul.wide.s16 %d, %a, %b;",
                                                          [](int a, int b) { return a * b; });
  expect_opcode<std::uint32_t, std::uint16_t, std::uint16_t>(
      "mul.wide.u16 %d, %a, %b;", [](std::uint32_t a, std::uint32_t b) { return a * b; });
  expect_opcode<std::int64_t, std::int32_t, std::int32_t>(
      "mul.wide.s32 %d, %a, %b;", [](std::int64_t a, std::int64_t b) { return a * b; });
  expect_opcode<std::uint64_t, std::uint32_t, std::uint32_t>(
      "mul.wide.u32 %d, %a, %b;", [](std::uint64_t a, std::uint64_t b) { return a * b; });
}

TEST(PtxInteger, ProductsWithSum) {
  using S32 = std::int32_t;
  using S64 = std::int64_t;
  expect_opcode<S32, S32, S32, S32>("mad.lo.s32 %d, %a, %b, %c;",
                                    [](U32 a, U32 b, U32 c) { return static_cast<S32>(a * b + c); });
  expect_opcode<S32, S32, S32, S32>("mad.hi.s32 %d, %a, %b, %c;",
                                    [](S64 a, S64 b, S64 c) { return static_cast<S32>((a * b >> 32) + c); });
  expect_opcode<S64, S32, S32, S64>("mad.wide.s32 %d, %a, %b, %c;", [](S64 a, S64 b, S64 c) {
    return static_cast<S64>(static_cast<std::uint64_t>(a * b) + static_cast<std::uint64_t>(c));
  });
}

TEST(PtxInteger, Quotients) {
  for_integers([]<class T>(T) {
    // By zero: all bits, and the dividend.
    expect_binary<T>("div.# %d, %a, %b;", [](Int128 a, Int128 b) { return b == 0 ? Int128{-1} : a / b; });
    expect_binary<T>("rem.# %d, %a, %b;", [](Int128 a, Int128 b) { return b == 0 ? a : a % b; });
  });
}

TEST(PtxInteger, Distances) {
  for_integers([]<class T>(T) {
    expect_opcode<T, T, T, T>(with_suffix<T>("sad.# %d, %a, %b, %c;"), [](Int128 a, Int128 b, Int128 c) {
      return static_cast<T>((a < b ? b - a : a - b) + c);
    });
    if constexpr (std::is_signed_v<T>) {
      expect_opcode<T, T>(with_suffix<T>("abs.# %d, %a;"),
                          [](Int128 a) { return static_cast<T>(a < 0 ? -a : a); });
      expect_opcode<T, T>(with_suffix<T>("neg.# %d, %a;"), [](Int128 a) { return static_cast<T>(-a); });
    }
  });
}

TEST(PtxInteger, ProductsOfBytes) {
  const auto dot = [](auto type_a, auto type_b, U32 a, U32 b) {
    int sum = 0;
    for (int i = 0; i < 4; ++i) {
      sum += static_cast<int>(static_cast<decltype(type_a)>(a >> 8 * i)) *
             static_cast<int>(static_cast<decltype(type_b)>(b >> 8 * i));
    }
    return static_cast<U32>(sum);
  };
  expect_opcode<U32, U32, U32, U32>("dp4a.u32.u32 %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
    return dot(std::uint8_t{}, std::uint8_t{}, a, b) + c;
  });
  expect_opcode<U32, U32, U32, U32>("dp4a.s32.u32 %d, %a, %b, %c;", [&](U32 a, U32 b, U32 c) {
    return dot(std::int8_t{}, std::uint8_t{}, a, b) + c;
  });
}

}  // namespace
}  // namespace duet::cuda_double
