// Random numbers without state: a function of a key and a counter, the same on every device.
// All constexpr, so that device code calls the same functions. Philox4x32-10: Salmon, Moraes, Dror, Shaw,
// "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>

namespace duet {

// What numbers are for: one stream for each, so that none of them depends on how many another one took.
enum class Purpose : std::uint32_t { initial_weights = 1, shuffle = 2 };

struct Philox {
  std::uint32_t value[4];
};

constexpr Philox philox(const std::uint32_t (&counter)[4], const std::uint32_t (&key)[2]) {
  std::uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  std::uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c2;
    const auto n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const auto n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9;  // Weyl sequence: golden ratio, sqrt(3) - 1
    k1 += 0xBB67AE85;
  }
  return {{c0, c1, c2, c3}};
}

// Number `element` of the stream (seed, purpose, where): `where` is an epoch, a layer, an update.
constexpr std::uint32_t random_bits(std::uint64_t seed, Purpose purpose, std::uint32_t where,
                                    std::uint64_t element) {
  const std::uint32_t key[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  const std::uint64_t block = element / 4;
  const std::uint32_t counter[4] = {static_cast<std::uint32_t>(block),
                                    static_cast<std::uint32_t>(block >> 32), where,
                                    static_cast<std::uint32_t>(purpose)};
  return philox(counter, key).value[element % 4];
}

// In [0, 1): 24 high bits.
constexpr float uniform(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

}  // namespace duet
