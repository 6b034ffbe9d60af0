// CRC-32C, the checksum of iSCSI: RFC 3720, 12.1.
#pragma once

#include <cstdint>
#include <string_view>

namespace duet {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace duet
