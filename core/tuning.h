// Algorithms of matrix products that were measured, and whoever keeps them. A GPU's backend asks and tells;
// where they are kept from one run to the next is its caller's affair.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace duet {

struct TunedAlgorithm {
  std::string name;   // for readers: "id 21, tile 15, stages 6, split 4, reduction 2"
  std::string bytes;  // in hexadecimal: what gives it back to the same version of the library
};

// What came of trying all that the library proposes for a product.
struct TunedProduct {
  std::string call;  // "linear 128x784 by 784x700, relu, epilogue 134"
  TunedAlgorithm chosen;
  int candidates = 0;    // that could be measured
  double rule_us = 0;    // microseconds that the algorithm takes which the rule takes where nothing is known
  double chosen_us = 0;  // and the chosen one, which may be the same
};

// `device`: all that an algorithm belongs to, "NVIDIA H100, compute capability 9.0, driver for CUDA 13.0,
// cuBLASLt 13.1.0". `product`: all that the choice of one depends on.
struct Tuning {
  // Empty: nothing is known, and the rule applies.
  std::function<std::optional<TunedAlgorithm>(const std::string& device, const std::string& product)> find;
  // The library does not take what find() gave, and the rule applies. May be empty.
  std::function<void(const std::string& call)> refused;
  // Empty: nothing is measured. Else each product that find() does not know is, and what came of it is told.
  std::function<void(const std::string& device, const std::string& product, const TunedProduct&)> keep;
};

}  // namespace duet
