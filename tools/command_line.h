// From the arguments of `duet` to what they ask for.
#pragma once

#include "tools/command.h"

namespace duet {

// What is asked for, to be run: a subcommand, the help or the version. Throws Error(usage).
Action parse_command_line(int argc, const char* const* argv);

}  // namespace duet
