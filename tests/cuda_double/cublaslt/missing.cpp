// What the double has no algorithm for.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tests/cuda_double/cublaslt/algorithms.h"

namespace duet::cuda_double {
namespace {

struct Missing {
  std::uint32_t epilogue_bits = 0;
  bool tf32 = false, all = false;
};

void add(Missing& missing, std::string_view word) {
  if (word == "no-aux") {
    missing.epilogue_bits |= mask_bit;
  } else if (word == "no-bgrad") {
    missing.epilogue_bits |= bias_gradient_bit | sums_of_a_bit | sums_of_b_bit;
  } else if (word == "no-bias") {
    missing.epilogue_bits |= bias_bit;
  } else if (word == "no-epilogue") {
    missing.epilogue_bits |= ~std::uint32_t{CUBLASLT_EPILOGUE_DEFAULT};
  } else if (word == "no-tf32") {
    missing.tf32 = true;
  } else if (word == "none") {
    missing.all = true;
  } else {
    unsupported(fmt::format("DUET_DOUBLE_CUBLASLT: {}", word));
  }
}

Missing missing() {
  Missing result;
  const char* const words = std::getenv("DUET_DOUBLE_CUBLASLT");
  std::string_view rest = words != nullptr ? words : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    add(result, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result;
}

}  // namespace

bool has_none_at_all() { return missing().all; }

bool has_algorithm(const Problem& problem) {
  const Missing without = missing();
  if (without.all || problem.has(without.epilogue_bits)) return false;
  // An H100 has none (cuBLASLt 13.1) for sums of a factor that lies across the sum.
  if (problem.has(sums_of_a_bit) && problem.transpose_a) return false;
  if (problem.has(sums_of_b_bit) && !problem.transpose_b) return false;
  return !(without.tf32 && problem.compute_type == CUBLAS_COMPUTE_32F_FAST_TF32);
}

}  // namespace duet::cuda_double
