// Philox4x32-10 against the known answers that its authors publish with Random123 (kat_vectors).
#include "core/rng.h"

#include <gtest/gtest.h>

namespace duet {
namespace {

void expect_answer(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k,
                   std::array<std::uint32_t, 4> want) {
  const Philox got = philox({c[0], c[1], c[2], c[3]}, {k[0], k[1]});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(got.value[i], want[i]) << i;
}

TEST(Philox, KnownAnswers) {
  expect_answer({0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  expect_answer({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
                {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expect_answer({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
                {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(Philox, EveryPartOfTheCounterAndKeyMatters) {
  const std::uint32_t one = random_bits(1, Purpose::shuffle, 2, 3);
  EXPECT_EQ(one, random_bits(1, Purpose::shuffle, 2, 3));
  EXPECT_NE(one, random_bits(1 + (1ull << 32), Purpose::shuffle, 2, 3));
  EXPECT_NE(one, random_bits(1, Purpose::initial_weights, 2, 3));
  EXPECT_NE(one, random_bits(1, Purpose::shuffle, 3, 3));
  EXPECT_NE(one, random_bits(1, Purpose::shuffle, 2, 4));
  EXPECT_NE(one, random_bits(1, Purpose::shuffle, 2, 3 + (4ull << 32)));
}

TEST(Philox, UniformStaysBelowOne) {
  EXPECT_EQ(uniform(0), 0);
  EXPECT_EQ(uniform(0xffffffff), 1 - 0x1p-24f);
}

}  // namespace
}  // namespace duet
