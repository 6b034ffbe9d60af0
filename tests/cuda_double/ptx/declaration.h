// A variable or a parameter as it is declared.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tests/cuda_double/ptx/text.h"

namespace duet::cuda_double::ptx {

struct Declaration {
  std::string_view space;  // ".shared"
  std::string_view name;
  std::size_t bytes = 0, alignment = 1;
  bool is_extern = false;
};

// What follows the word `space`: .align 8 .b8 name[2048]
Declaration read_declaration(Tokens& tokens, std::string_view space);

}  // namespace duet::cuda_double::ptx
