// The subcommands of `duet`. Each file of tools/ that is named after one implements its add_ function: it
// declares the subcommand and its options, and main runs the returned action when that subcommand was given.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>

#include "tools/cli11_forward.h"

namespace duet {

using Action = std::function<void()>;  // throws duet::Error

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& help);

// Declares these subcommands, of which one must be given; the action runs that one's.
Action add_commands(CLI::App& app, std::initializer_list<Action (*)(CLI::App&)> adders);

Action add_train(CLI::App& program);
Action add_resume(CLI::App& program);
Action add_tune(CLI::App& program);
Action add_eval(CLI::App& program);
Action add_compare(CLI::App& program);
Action add_predict(CLI::App& program);
Action add_inspect(CLI::App& program);
Action add_verify(CLI::App& program);
Action add_report(CLI::App& program);
Action add_plot(CLI::App& program);
Action add_data(CLI::App& program);
Action add_doctor(CLI::App& program);

}  // namespace duet
