#include "tests/cuda_double/cublaslt/product.h"

#include <cstring>

#include "tests/cuda_double/cublaslt/device_floats.h"
#include "tests/cuda_double/cublaslt/epilogue.h"
#include "tests/cuda_double/cublaslt/multiply.h"
#include "tests/cuda_double/tf32.h"

namespace duet::cuda_double {
namespace {

// The matrix, or its transposed. False: memory is missing.
template <class Matrix>
bool fetch(Address from, const Shape& shape, bool transposed, Matrix& to) {
  for (std::int64_t col = 0; col < shape.cols; ++col) {
    const float* const values = read_floats(shape.column(from, col), shape.rows);
    if (values == nullptr) return false;
    for (std::int64_t row = 0; row < shape.rows; ++row)
      to.data[transposed ? to.place(col, row) : to.place(row, col)] = values[row];
  }
  return true;
}

// Whether cuBLASLt rounds, or cuts the bits off, is not documented.
void round_to_tf32(std::vector<float>& values) {
  for (float& value : values) value = to_tf32(value);
}

// An algorithm may leave anything in what it asked for, and this one does: two products that share it in no
// order are a race.
bool spoil_workspace(const Product& product) {
  const std::size_t bytes = product.algorithm->workspace(product.problem);
  if (bytes == 0) return true;
  std::byte* const workspace = DeviceMemory::instance().writable(product.workspace, bytes);
  if (workspace == nullptr) return false;
  std::memset(workspace, 0xff, bytes);
  return true;
}

// Another one in every run, so that a program that wants the same bits every time does not get them; counted
// on, it would be the same again after as many products as there are parts. (Knuth's MMIX, of which the upper
// bits are good.)
std::int64_t which_comes_first() {
  static std::uint64_t state = 0;
  state = state * 6364136223846793005U + 1442695040888963407U;
  return static_cast<std::int64_t>(state >> 33);
}

}  // namespace

cudaError_t Product::run() const {
  Panels of_a(problem.m, problem.k);
  Columns of_b(problem.k, problem.n);
  Epilogue epilogue(*this);
  if (!fetch(a, problem.a, problem.transpose_a, of_a) || !fetch(b, problem.b, problem.transpose_b, of_b) ||
      !spoil_workspace(*this) || !epilogue.begin(of_a, of_b))
    return cudaErrorIllegalAddress;
  if (algorithm->tf32) {
    round_to_tf32(of_a.data);
    round_to_tf32(of_b.data);
  }
  const std::int64_t first = algorithm->sums_in_any_order() ? which_comes_first() : 0;
  const Panels sums = multiply(of_a, of_b, algorithm->chain(problem.k), first);

  std::vector<float> values(problem.m);
  for (std::int64_t col = 0; col < problem.n; ++col) {
    for (std::int64_t row = 0; row < problem.m; ++row) values[row] = sums.data[sums.place(row, col)];
    if (!epilogue.finish(col, values)) return cudaErrorIllegalAddress;
    float* const to = write_floats(problem.d.column(d, col), problem.m);
    if (to == nullptr) return cudaErrorIllegalAddress;
    std::copy(values.begin(), values.end(), to);
  }
  return epilogue.end() ? cudaSuccess : cudaErrorIllegalAddress;
}

}  // namespace duet::cuda_double
