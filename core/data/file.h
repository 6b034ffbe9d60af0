// Whole files into memory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/data/bytes.h"

namespace duet {

// Throws Error(data) when the file is missing, a folder, or cannot be read.
Bytes read_file(const std::filesystem::path& path);

// Of what somebody else may have put there: a pipe, for which one would wait, or a device is an error too.
Bytes read_regular_file(const std::filesystem::path& path);
std::string read_text_file(const std::filesystem::path& path);  // likewise

// All that comes from an open file descriptor, such as standard input, up to `limit` bytes. `name` stands for
// it in errors. Throws Error(data).
Bytes read_stream(int descriptor, std::size_t limit, std::string_view name);

}  // namespace duet
