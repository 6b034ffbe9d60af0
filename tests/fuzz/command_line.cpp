// The arguments behind the program's name, each ended by a zero byte. What they ask for is not done.
#include "tools/command_line.h"

#include <vector>

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  const std::string arguments(to_text(input));
  std::vector<const char*> argv = {"duet"};
  for (std::size_t at = 0; at < arguments.size(); at += std::string_view(argv.back()).size() + 1) {
    argv.push_back(arguments.c_str() + at);
  }
  try_to([&] { parse_command_line(static_cast<int>(argv.size()), argv.data()); });
}

}  // namespace duet::fuzz
