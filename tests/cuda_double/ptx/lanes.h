// How an operation on numbers becomes an instruction of a warp.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "tests/cuda_double/ptx/warp.h"

namespace duet::cuda_double::ptx {

// d = Op(sources...), lane by lane.
template <class Op, class D, class... Sources>
void lanewise(Warp& warp, const Instruction& instruction) {
  D* const d = warp.at<D>(instruction.at[0]);
  [&]<std::size_t... k>(std::index_sequence<k...>) {
    const std::tuple<const Sources*...> sources{warp.at<Sources>(instruction.at[k + 1])...};
    warp.each_active([&](int lane) { d[lane] = Op{}(std::get<k>(sources)[lane]...); });
  }
  (std::index_sequence_for<Sources...>{});
}

template <class To>
struct Convert {
  template <class From>
  To operator()(From from) const {
    return static_cast<To>(from);
  }
};

}  // namespace duet::cuda_double::ptx
