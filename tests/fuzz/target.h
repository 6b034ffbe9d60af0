// What the fuzz targets share. A target hands bytes to one reader of what users bring. These may be read, or
// be refused by an Error; whatever else happens, libFuzzer and the sanitizers report as a crash.
#pragma once

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/data/bytes.h"
#include "core/error.h"

namespace duet::fuzz {

// What each target defines.
void read(std::span<const std::uint8_t> input);

template <class Work>
void try_to(Work&& work) {
  try {
    work();
  } catch (const Error&) {}  // a sentence for the user
}

inline void require(bool holds) {
  if (!holds) abort();
}

inline Bytes to_bytes(std::span<const std::uint8_t> input) {
  Bytes bytes(input.size());
  std::copy(input.begin(), input.end(), bytes.data());
  return bytes;
}

inline std::string_view to_text(std::span<const std::uint8_t> input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

// A file that lies in memory alone, for what is read by its path.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> content) : file_(::memfd_create("input", MFD_CLOEXEC)) {
    require(file_ >= 0);
    require(::write(file_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  ~MemoryFile() { ::close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

// Takes a number off the front of the input, little-endian; 0 where there is none.
template <class Number>
Number take(std::span<const std::uint8_t>& input) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number && !input.empty(); ++i) {
    number |= static_cast<Number>(input.front()) << 8 * i;
    input = input.subspan(1);
  }
  return number;
}

}  // namespace duet::fuzz
