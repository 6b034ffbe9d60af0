// SHA-256, with the CPU's own instructions where it has them (about 2 GB/s).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace duet {

// 64 lower-case hexadecimal digits; of several pieces, as if they were one.
std::string sha256(std::span<const std::uint8_t> bytes);
std::string sha256(std::span<const std::span<const std::uint8_t>> pieces);

inline std::span<const std::uint8_t> bytes_of_text(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace duet
