// Orders: each a permutation, the same in every run.
#include "tests/cuda_double/machine/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>

namespace duet::cuda_double {
namespace {

using Order = std::vector<std::uint32_t>;

TEST(Order, RunsUpAndDown) {
  EXPECT_EQ(order_of(parse_schedule("ascending"), 4, 7), (Order{0, 1, 2, 3}));
  EXPECT_EQ(order_of(parse_schedule("descending"), 4, 7), (Order{3, 2, 1, 0}));
  EXPECT_TRUE(order_of(parse_schedule("descending"), 0, 7).empty());
}

TEST(Order, RandomOnesAreAllThePermutations) {
  std::set<Order> seen;
  for (std::uint64_t salt = 0; salt < 500; ++salt) {
    Order order = order_of(parse_schedule("random:3"), 4, salt);
    seen.insert(order);
    std::sort(order.begin(), order.end());
    ASSERT_EQ(order, (Order{0, 1, 2, 3}));
  }
  EXPECT_EQ(seen.size(), 24u);
}

TEST(Order, RandomOnesAreTheSameAgainAndDifferBySeedAndSalt) {
  const Schedule seven = parse_schedule("random:7");
  EXPECT_EQ(order_of(seven, 100, 1), order_of(seven, 100, 1));
  EXPECT_NE(order_of(seven, 100, 1), order_of(seven, 100, 2));
  EXPECT_NE(order_of(seven, 100, 1), order_of(parse_schedule("random:8"), 100, 1));
  EXPECT_EQ(order_of(parse_schedule("random"), 100, 1), order_of(parse_schedule("random:1"), 100, 1));
}

TEST(Order, OtherWordsAreRefused) {
  for (const char* text : {"", "up", "random:", "random:x", "random:7x", "random:-1", "Ascending"}) {
    EXPECT_THROW(parse_schedule(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace duet::cuda_double
