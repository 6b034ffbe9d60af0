// gzip, from memory to memory. What a file says of its own unpacked size is never believed: the caller, who
// has seen the header of what is packed, says how many bytes there must be, and no more are ever written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/data/bytes.h"

namespace duet {

bool is_gzip(std::span<const std::uint8_t> bytes);

// The first `count` unpacked bytes; fewer when there are fewer. `name` stands for the file in errors. Throws
// Error(data) when not even these can be unpacked.
std::vector<std::uint8_t> gunzip_head(std::span<const std::uint8_t> packed, std::size_t count,
                                      std::string_view name);

// All of it, one member or several, which must make exactly `size` bytes. Throws Error(data).
Bytes gunzip(std::span<const std::uint8_t> packed, std::size_t size, std::string_view name);

}  // namespace duet
