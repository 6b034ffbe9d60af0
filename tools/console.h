// Results go to standard output, talk to standard error. A result that cannot be written is an error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "core/printable.h"

namespace duet {

void write_result(
    std::string_view text);  // to standard output; throws Error(other) when it cannot be written
void flush_results();        // likewise; at the end of every command

// To be called before any file is opened: one of the three streams that was closed would give its number to
// that file, and results would be written into it.
void occupy_standard_streams();

template <class... Args>
void result(fmt::format_string<Args...> text, Args&&... args) {
  write_result(fmt::format(text, std::forward<Args>(args)...));
}

// To standard error, where a failure has nowhere to be told and stops nothing.
void write_talk(std::string_view text);

// The same, of lines that a terminal obeys nothing of, whatever file they speak of.
template <class... Args>
void talk(fmt::format_string<Args...> text, Args&&... args) {
  write_talk(printable(fmt::format(text, std::forward<Args>(args)...), "\n"));
}

}  // namespace duet
