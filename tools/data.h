// The subcommands of `duet data`.
#pragma once

#include "tools/command.h"

namespace duet {

Action add_data_list(CLI::App& data);
Action add_data_fetch(CLI::App& data);
Action add_data_verify(CLI::App& data);
Action add_data_show(CLI::App& data);

}  // namespace duet
