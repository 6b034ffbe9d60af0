#include "tests/cuda_double/cublaslt/epilogue.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "tests/cuda_double/cublaslt/device_floats.h"

namespace duet::cuda_double {
namespace {

// The bit of a row in a column of the mask. Their order is the double's own: nobody else's business.
std::byte bit_of(std::int64_t row) { return std::byte{0x80} >> row % 8; }

}  // namespace

bool Epilogue::begin(const Panels& a, const Columns& b) {
  const Problem& problem = of_.problem;
  if (problem.has(bias_bit)) {
    const float* const bias = read_floats(problem.bias, problem.m);
    if (bias == nullptr) return false;
    vector_.assign(bias, bias + problem.m);
  }
  for (std::int64_t k = 0; k < problem.k; ++k) {
    for (std::int64_t i = 0; i < problem.m && problem.has(sums_of_a_bit); ++i)
      vector_[i] += a.data[a.place(i, k)];
    for (std::int64_t j = 0; j < problem.n && problem.has(sums_of_b_bit); ++j)
      vector_[j] += b.data[b.place(k, j)];
  }
  return true;
}

bool Epilogue::finish(std::int64_t col, std::vector<float>& values) {
  const Problem& problem = of_.problem;
  for (float& value : values) value *= of_.alpha;
  if (of_.reads_c() && !add_c(col, values)) return false;
  if (problem.has(bias_bit))
    std::transform(values.begin(), values.end(), vector_.begin(), values.begin(), std::plus<>());
  if (problem.has(relu_bit) && !relu(col, values)) return false;
  if (problem.has(relu_gradient_bit) && !relu_gradient(col, values)) return false;
  if (problem.has(bias_gradient_bit))
    std::transform(values.begin(), values.end(), vector_.begin(), vector_.begin(), std::plus<>());
  return true;
}

bool Epilogue::end() const {
  if (!of_.problem.writes_vector()) return true;
  float* const vector = write_floats(of_.problem.bias, of_.problem.vector_length());
  if (vector == nullptr) return false;
  std::copy(vector_.begin(), vector_.end(), vector);
  return true;
}

bool Epilogue::add_c(std::int64_t col, std::vector<float>& values) const {
  const float* const c = read_floats(of_.problem.c.column(of_.c, col), of_.problem.m);
  if (c == nullptr) return false;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += of_.beta * c[i];
  return true;
}

// Zeros are neither above nor below: they have no bit, so that no gradient passes.
bool Epilogue::relu(std::int64_t col, std::vector<float>& values) const {
  const Problem& problem = of_.problem;
  if (problem.has(mask_bit)) {
    std::byte* const bits = DeviceMemory::instance().writable(problem.mask_column(col), problem.mask_ld / 8);
    if (bits == nullptr) return false;
    std::memset(bits, 0, problem.mask_ld / 8);
    for (std::int64_t i = 0; i < problem.m; ++i) {
      if (values[i] > 0) bits[i / 8] |= bit_of(i);
    }
  }
  for (float& value : values) value = value <= 0 ? 0 : value;  // a NaN stays one
  return true;
}

bool Epilogue::relu_gradient(std::int64_t col, std::vector<float>& values) const {
  const Problem& problem = of_.problem;
  const std::byte* const bits =
      DeviceMemory::instance().readable(problem.mask_column(col), problem.mask_ld / 8);
  if (bits == nullptr) return false;
  for (std::int64_t i = 0; i < problem.m; ++i) {
    if ((bits[i / 8] & bit_of(i)) == std::byte{0}) values[i] = 0;
  }
  return true;
}

}  // namespace duet::cuda_double
