#include "core/data/sha256.h"

#include <nettle/sha2.h>

#include <array>

namespace duet {

std::string sha256(std::span<const std::uint8_t> bytes) { return sha256({&bytes, 1}); }

std::string sha256(std::span<const std::span<const std::uint8_t>> pieces) {
  sha256_ctx context;
  sha256_init(&context);
  for (const std::span<const std::uint8_t> bytes : pieces) {
    sha256_update(&context, bytes.size(), bytes.data());
  }
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
  sha256_digest(&context, digest.size(), digest.data());
  std::string hexadecimal;
  for (const std::uint8_t byte : digest) {
    hexadecimal += "0123456789abcdef"[byte >> 4];
    hexadecimal += "0123456789abcdef"[byte & 15];
  }
  return hexadecimal;
}

}  // namespace duet
