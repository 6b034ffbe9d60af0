// The subcommands of `duet`. Each file of tools/ that is named after one implements its add_ function: it
// declares the subcommand and its options, and main runs the returned action when that subcommand was given.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <functional>
#include <initializer_list>

namespace duet {

using Action = std::function<void()>;  // throws duet::Error

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
