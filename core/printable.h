// Text of files and names of files, for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace duet {

// The text, UTF-8, with '?' in the place of what a terminal might obey: control characters of ASCII (but
// those in `kept`) and of Unicode (U+0080 to U+009F), and those that turn the direction of writing, which can
// make one name look like another (https://trojansource.codes).
std::string printable(std::string_view text, std::string_view kept = "");

// One word of a command for a shell; as it is where no character means anything to one.
std::string shell_quoted(std::string_view word);
// The same of a path, which no program then takes for an option.
std::string shell_word(std::string_view path);

}  // namespace duet
