// All of some bytes to an open file, whatever interrupts. Also for the helper programs, which link nothing of
// ours.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

namespace duet {

inline bool write_all(int file, std::span<const std::byte> bytes) {  // false: errno says why
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

inline bool write_all(int file, std::string_view text) {
  return write_all(file, std::as_bytes(std::span(text)));
}

}  // namespace duet
