// One instruction at a time: run for many operands, and compared with what C++ says.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {

template <class T>
std::string bits_type() {
  return ".b" + std::to_string(8 * sizeof(T));
}
template <std::size_t size>
using BitsOfSize = std::conditional_t<
    size == 2, std::uint16_t,
    std::conditional_t<size == 4, std::uint32_t, std::conditional_t<size == 8, std::uint64_t, std::uint8_t>>>;

// Both ends, what is near them, and whatever else: floats with infinities, NaN, subnormals.
template <class T>
std::vector<T> samples() {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(1);
  std::vector<T> values{T{0}, T{1}, T{2}, T{3}, T{5}, T{31}, T{32}, T{63}, Limits::max(), Limits::lowest()};
  if constexpr (std::is_floating_point_v<T>) {
    for (const T value :
         {T{-0.0}, T{0.5}, T{-1.5}, T{2.5}, T{1e9}, T{-3e9}, T{1e19}, T{-1e30}, T{4294967296.0},
          T{2147483648.0}, T{9223372036854775808.0}, T{1} / 3, Limits::min(), Limits::denorm_min(),
          -Limits::min() / 2, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
      values.push_back(value);
    }
    for (int i = 0; i < 8; ++i)
      values.push_back(std::ldexp(T(random() % 100000) - T{50000}, static_cast<int>(random() % 30) - 25));
  } else {
    for (const T value : {T(-1), T(Limits::max() - 1), T(Limits::lowest() + 1), T(Limits::max() / 2 + 1)})
      values.push_back(value);
    for (int i = 0; i < 8; ++i) values.push_back(static_cast<T>(random()));
  }
  return values;
}

// `body` makes %d from %a, %b, %c; gives %d for each of the operands.
template <class D, class... S>
std::vector<D> evaluate(const std::string& body, const std::vector<std::tuple<S...>>& operands) {
  const char* const names[] = {"%a", "%b", "%c"};
  std::string text = ".version 9.0\n.target sm_75\n.address_size 64\n.entry k(.param .u64 out";
  std::string loads;
  std::size_t i = 0;
  const auto declare = [&]<class T>(T) {
    const std::string name = names[i++];
    text += ", .param .u64 in" + std::to_string(i);
    loads += ".reg " + bits_type<T>() + " " + name + "; ld.param.u64 %at, [in" + std::to_string(i) +
             "]; mad.wide.u32 %at, %i, " + std::to_string(sizeof(T)) + ", %at; ld.global" + bits_type<T>() +
             " " + name + ", [%at];\n";
  };
  (declare(S{}), ...);
  text +=
      ") {\n.reg .u32 %i; .reg .u64 %at; .reg .u32 %t<3>;\n.reg " + bits_type<D>() + " %d;\n" +
      "mov.u32 %t0, %ctaid.x; mov.u32 %t1, %ntid.x; mov.u32 %t2, %tid.x; mad.lo.u32 %i, %t0, %t1, %t2;\n" +
      loads + body + "\nld.param.u64 %at, [out]; mad.wide.u32 %at, %i, " + std::to_string(sizeof(D)) +
      ", %at; st.global" + bits_type<D>() + " [%at], %d;\nret;\n}\n";
  const Module module = parse_ptx(text);
  constexpr std::size_t threads = 128;
  const std::size_t blocks = (operands.size() + threads - 1) / threads;
  return std::apply(
      [&](const auto&... columns) {
        const Buffer<D> out(blocks * threads);
        EXPECT_EQ(run(module.kernels.at("k"), {{static_cast<std::uint32_t>(blocks), 1, 1}, {threads, 1, 1}},
                      out.get(), columns.get()...),
                  Ended::well);
        EXPECT_EQ(texts_of_reports(), std::vector<std::string>{}) << body;
        std::vector<D> results = out.values();
        results.resize(operands.size());
        return results;
      },
      [&]<std::size_t... k>(std::index_sequence<k...>) {
        const auto column = [&]<std::size_t n>(std::integral_constant<std::size_t, n>) {
          std::vector<std::tuple_element_t<n, std::tuple<S...>>> values(blocks * threads);
          for (std::size_t row = 0; row < operands.size(); ++row) values[row] = std::get<n>(operands[row]);
          return values;
        };
        return std::tuple<Buffer<S>...>(column(std::integral_constant<std::size_t, k>{})...);
      }(std::index_sequence_for<S...>{}));
}

template <class... S>
std::vector<std::tuple<S...>> all_samples() {
  std::vector<std::tuple<S...>> rows{{}};
  const auto multiply = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) {
    std::vector<std::tuple<S...>> more;
    for (const auto& row : rows) {
      for (const auto value : samples<std::tuple_element_t<k, std::tuple<S...>>>()) {
        std::get<k>(more.emplace_back(row)) = value;
      }
    }
    rows = std::move(more);
  };
  [&]<std::size_t... k>(std::index_sequence<k...>) {
    (multiply(std::integral_constant<std::size_t, k>{}), ...);
  }
  (std::index_sequence_for<S...>{});
  return rows;
}

// NaNs are all alike.
template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b);
  }
  return std::bit_cast<BitsOfSize<sizeof(T)>>(a) == std::bit_cast<BitsOfSize<sizeof(T)>>(b);
}

// For all combinations of samples: %d is what `expected` gives.
template <class D, class... S, class F>
void expect_opcode(const std::string& body, F expected) {
  const auto operands = all_samples<S...>();
  const std::vector<D> results = evaluate<D>(body, operands);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto wanted = static_cast<D>(std::apply(expected, operands[i]));
    ASSERT_TRUE(same(results[i], wanted))
        << body << ": " << +results[i] << " instead of " << +wanted << " for "
        << std::apply([](auto... value) { return ((std::to_string(value) + " ") + ...); }, operands[i]);
  }
}

}  // namespace duet::cuda_double
