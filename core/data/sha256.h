// SHA-256, with the CPU's own instructions where it has them (about 2 GB/s).
#pragma once

#include <nettle/sha2.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace duet {

std::string sha256(std::span<const std::uint8_t> bytes);  // 64 lower-case hexadecimal digits

// Of bytes that come in pieces, as if they were one.
class Sha256 {
 public:
  Sha256() { sha256_init(&context_); }
  void add(std::span<const std::uint8_t> bytes) { sha256_update(&context_, bytes.size(), bytes.data()); }
  std::string digits();  // of all that was added; then it begins anew

 private:
  sha256_ctx context_;
};

inline std::span<const std::uint8_t> bytes_of_text(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace duet
