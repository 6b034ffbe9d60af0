// Programs of our own for what would make every start of `duet` slower: the libraries they are linked with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/bytes.h"

namespace duet {

struct HelperProgram {
  std::string name;          // of its file
  std::string when_missing;  // what to do then; ends the sentence of the error
};

struct HelperAnswer {
  Bytes bytes;         // what it wrote to standard output, and ended with 0
  std::string reason;  // why there are none; empty when it went well
};

// Runs it to its end, with `input` as its standard input. What is wrong with what it was asked for it says
// itself, on standard output. Throws Error(other) when it is missing or cannot be started.
HelperAnswer run_helper(const HelperProgram& helper, std::vector<std::string> arguments,
                        std::string_view input, std::size_t most_bytes);

}  // namespace duet
