// An instruction as it is written.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/cuda_double/ptx/text.h"

namespace duet::cuda_double::ptx {

struct Operand {
  enum Kind { name, integer, real, address, list, pair } kind = name;
  std::string_view text;       // name; of an address its base, empty where that is a number
  bool negated = false;        // !%p
  std::int64_t number = 0;     // integer; offset of an address or a name
  double value = 0;            // real
  std::vector<Operand> parts;  // {a, b} and a|b
};

struct Statement {
  std::string_view opcode;  // with its modifiers
  std::vector<Operand> operands;
  std::string_view guard;  // the predicate of @%p, or empty
  bool guard_negated = false;
  int line = 0;
};

// With its guard, to behind the semicolon. `opcode`, where that was taken before.
Statement read_statement(Tokens& tokens, std::optional<Token> opcode = {});

}  // namespace duet::cuda_double::ptx
