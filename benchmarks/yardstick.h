// A matrix product of somebody else's: oneDNN's, where it was found when this was built.
#pragma once

#include <functional>
#include <string_view>

namespace duet::test {

// c (m, n) = a (m, k) b (k, n), row-major and dense; a transposed one is kept as its transpose.
struct Product {
  int m, n, k;
  bool a_transposed = false, b_transposed = false;
};

bool has_yardstick();

// What computes the product once, on all threads that OpenMP gives. The first call of this function decides
// for which instructions: "avx512", "avx2" or "baseline".
std::function<void()> yardstick(const Product& product, std::string_view instructions);

}  // namespace duet::test
