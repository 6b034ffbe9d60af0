// A file that a command makes for its user: -o.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tools/cli11_forward.h"

namespace duet {

struct OutputFile {
  std::string path;
  bool force = false;  // may replace a file
};

// -o, which is returned, and --force.
CLI::Option& add_output_file(CLI::App& app, OutputFile& file, const std::string& help);

// Before the work is done. Throws Error(other) where a file is in the way.
void check_output_file(const OutputFile& file);

// Whole or not at all. Throws Error(other).
void write_output_file(const OutputFile& file, std::string_view text);
void write_output_file(const OutputFile& file, std::span<const std::uint8_t> bytes);

}  // namespace duet
