// The subcommands of `duet data`.
#pragma once

#include "tools/command.h"

namespace duet {

Action add_data_list(CLI::App& data);
Action add_data_fetch(CLI::App& data);
Action add_data_verify(CLI::App& data);
Action add_data_show(CLI::App& data);

// Likewise for all of them.
CLI::Option* add_data_dir(CLI::App& app, std::string& data_dir, const std::string& help);

}  // namespace duet
