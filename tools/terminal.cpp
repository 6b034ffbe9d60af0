#include "tools/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/environment.h"

namespace duet {

bool is_terminal(int stream) {
  return isatty(stream) == 1 && !environment("TERM").empty() && environment("TERM") != "dumb";
}

TerminalSize terminal_size(int stream) {
  TerminalSize size{80, 24};
  winsize found{};
  const bool is_told = ioctl(stream, TIOCGWINSZ, &found) == 0;
  if (is_told && found.ws_row > 0) size.rows = found.ws_row;
  if (is_told && found.ws_col > 0) {
    size.columns = found.ws_col;
  } else if (const int columns = std::atoi(environment("COLUMNS").c_str()); columns > 0 && columns < 10000) {
    size.columns = columns;
  }
  return size;
}

bool wants_colour() { return environment("NO_COLOR").empty(); }

bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = environment(name);
    if (!locale.empty()) return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

bool is_in_foreground(int stream) {
  const pid_t front = tcgetpgrp(stream);
  return front < 0 || front == getpgrp();  // below zero: a terminal that no shell shares out
}

}  // namespace duet
