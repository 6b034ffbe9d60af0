// What is known of the terminal that somebody looks at.
#pragma once

#include <string_view>

namespace duet {

// Of standard output or standard error, by the number of the stream.
bool is_terminal(int stream);  // one that understands more than lines: TERM is neither missing nor "dumb"
struct TerminalSize {
  int columns, rows;
};
TerminalSize terminal_size(int stream);  // 80 columns where it is no terminal and COLUMNS is not set; 24 rows

bool wants_colour();  // NO_COLOR is not set, or empty (no-color.org)
bool speaks_utf8();

// Whether the terminal is lent to this process, and not to the shell that started it with &.
bool is_in_foreground(int stream);

}  // namespace duet
