#include "tools/command_line.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/parse.h"
#include "core/version.h"
#include "tools/console.h"

namespace duet {
namespace {

constexpr const char* footer =
    R"(Exit codes: 0 done, 1 other (output exists, cannot be written, disk full), 2 usage,
3 data, 4 device, 5 memory, 6 diverged, 7 damaged or foreign model, 129, 130 and 143 stopped by a signal.
'duet COMMAND --help' tells the options of a command.)";

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::string perhaps(const std::string& text, const std::vector<std::string>& candidates) {
  const std::string near = nearest(text, candidates);
  return near.empty() ? ";" : fmt::format("; did you mean '{}'?", near);
}

// The innermost subcommand that was given.
const CLI::App& given_command(const CLI::App& program) {
  const std::vector<CLI::App*> given = program.get_subcommands();
  return given.empty() ? program : given_command(*given.front());
}

std::string help_of(const CLI::App& app) {
  std::string name;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) name.insert(0, at->get_name() + " ");
  return fmt::format("'{}--help' tells what there is", name);
}

// Of an argument that nothing takes.
std::string sentence(const std::string& extra, const CLI::App& command) {
  if (extra.starts_with("-")) {
    const std::vector<std::string> options = option_names(command);
    if (std::find(options.begin(), options.end(), extra) != options.end()) {
      return fmt::format("{} is an option of '{}' and stands behind it; {}", extra, command.get_name(),
                         help_of(command));
    }
    return fmt::format("unknown option '{}'{} {}", extra, perhaps(extra, options), help_of(command));
  }
  if (!command.get_subcommands({}).empty()) {
    return fmt::format("unknown command '{}'{} {}", extra, perhaps(extra, command_names(command)),
                       help_of(command));
  }
  return fmt::format("'{}' is one argument too many; {}", extra, help_of(command));
}

// What CLI11 found wrong, in our words where its own do not say what to do.
std::string sentence(const CLI::ParseError& error, const CLI::App& program) {
  const CLI::App& command = given_command(program);
  const std::vector<std::string> extras = program.remaining(true);
  if (!extras.empty()) return sentence(extras.front(), command);
  if (!command.get_subcommands({}).empty()) return fmt::format("a command is missing; {}", help_of(command));
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string option = what.substr(0, what.find(':'));
    const CLI::Option* found = command.get_option_no_throw(option);
    const bool repeated = found != nullptr && found->count() > 1;
    return fmt::format("{} {}; {}", option, repeated ? "is given more than once" : "needs a value",
                       help_of(command));
  }
  return fmt::format("{}; {}", what, help_of(command));
}

}  // namespace

Action parse_command_line(int argc, const char* const* argv) {
  const auto program = std::make_shared<CLI::App>("Trains multilayer perceptrons, and uses them.", "duet");
  program->set_version_flag("--version", fmt::format("duet {}", version));
  program->footer(footer);
  const Action action =
      add_commands(*program, {add_train, add_resume, add_eval, add_predict, add_compare, add_report, add_plot,
                              add_inspect, add_verify, add_data, add_doctor, add_tune});
  try {
    program->parse(argc, argv);
  } catch (const CLI::Success& asked) {  // for help or the version
    std::ostringstream text;
    program->exit(asked, text);
    return [help = text.str()] { write_result(help); };
  } catch (const CLI::ParseError& error) { throw Error(ErrorKind::usage, sentence(error, *program)); }
  return [program, action] { action(); };  // which looks into the program
}

}  // namespace duet
