// CLI11's headers take longer to compile than all that uses them (4 s, 13 s with the sanitizers): only
// command_line.cpp, command.cpp and options.cpp include them.
#pragma once

namespace CLI {
class App;
class Option;
}  // namespace CLI
