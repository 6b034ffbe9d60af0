#pragma once

#include <string_view>

namespace duet {

enum class Activation { none, relu };

constexpr std::string_view name_of(Activation activation) {
  return activation == Activation::relu ? "relu" : "none";
}

}  // namespace duet
