// Results go to standard output, talk to standard error. A result that cannot be written is an error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace duet {

void write_result(
    std::string_view text);  // to standard output; throws Error(other) when it cannot be written
void flush_results();        // likewise; at the end of every command

// To be called before any file is opened: one of the three streams that was closed would give its number to
// that file, and results would be written into it.
void occupy_standard_streams();

std::string printable(std::string text);  // of a file, without what a terminal might obey

template <class... Args>
void result(fmt::format_string<Args...> text, Args&&... args) {
  write_result(fmt::format(text, std::forward<Args>(args)...));
}

// To standard error, where a failure has nowhere to be told and stops nothing.
template <class... Args>
void talk(fmt::format_string<Args...> text, Args&&... args) {
  std::fputs(fmt::format(text, std::forward<Args>(args)...).c_str(), stderr);
}

}  // namespace duet
