#include "tools/command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <utility>
#include <vector>

namespace duet {

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& help) {
  return *app.add_subcommand(name, help);
}

Action add_commands(CLI::App& app, std::initializer_list<Action (*)(CLI::App&)> adders) {
  app.require_subcommand(1);
  std::vector<std::pair<const CLI::App*, Action>> commands;
  for (const auto add : adders) {
    Action action = add(app);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(action));
  }
  return [commands] {
    for (const auto& [command, action] : commands) {
      if (command->parsed()) action();
    }
  };
}

}  // namespace duet
