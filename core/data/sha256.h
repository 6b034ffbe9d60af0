// SHA-256, with the CPU's own instructions where it has them (about 2 GB/s).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace duet {

std::string sha256(std::span<const std::uint8_t> bytes);  // 64 lower-case hexadecimal digits

}  // namespace duet
