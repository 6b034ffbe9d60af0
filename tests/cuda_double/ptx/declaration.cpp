#include "tests/cuda_double/ptx/declaration.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/cuda_double/ptx/types.h"

namespace duet::cuda_double::ptx {

Declaration read_declaration(Tokens& tokens, std::string_view space) {
  Declaration declaration;
  declaration.space = space;
  while (tokens.peek().text.starts_with('.')) {
    const std::string_view word = tokens.take_word();
    const auto type = type_named(word.substr(1));
    if (word == ".align") {
      declaration.alignment = static_cast<std::size_t>(tokens.take_number());
    } else if (word == ".ptr") {  // to what a parameter points: a space, and .align
      for (const std::string_view pointed : {".global", ".shared", ".const", ".local"})
        tokens.take_if(pointed);
      if (tokens.take_if(".align")) tokens.take_number();
    } else if (type) {
      declaration.bytes = size_of(*type);
      declaration.alignment = std::max(declaration.alignment, declaration.bytes);
    } else {
      tokens.fail(fmt::format("declaration with {}", word));
    }
  }
  declaration.name = tokens.take_word();
  while (tokens.take_if("[")) {
    declaration.bytes *= tokens.peek().is("]") ? 0 : static_cast<std::size_t>(tokens.take_number());
    tokens.expect("]");
  }
  return declaration;
}

}  // namespace duet::cuda_double::ptx
