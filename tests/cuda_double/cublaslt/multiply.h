// The loops of a product, in the host's memory.
#pragma once

#include <cstdint>
#include <vector>

namespace duet::cuda_double {

// A matrix whose rows lie in panels of a vector's length: a panel's first column, then its second, and so on.
// What pads the last panel is zero.
struct Panels {
  static constexpr std::int64_t height = 8;
  std::int64_t rows, cols;
  std::vector<float> data;

  Panels(std::int64_t of_rows, std::int64_t of_cols)
      : rows(of_rows), cols(of_cols), data((of_rows + height - 1) / height * height * of_cols) {}
  std::int64_t place(std::int64_t row, std::int64_t col) const {
    return (row / height * cols + col) * height + row % height;
  }
};

// A matrix whose columns lie one behind the other, padded with columns of zeros to as many as are multiplied
// at a time.
struct Columns {
  static constexpr std::int64_t at_a_time = 8;
  std::int64_t rows, cols;
  std::vector<float> data;

  Columns(std::int64_t of_rows, std::int64_t of_cols)
      : rows(of_rows), cols((of_cols + at_a_time - 1) / at_a_time * at_a_time), data(rows * cols) {}
  std::int64_t place(std::int64_t row, std::int64_t col) const { return col * rows + row; }
};

// The order in which the k products of an element are added. Each of `splits` parts of k is summed apart, and
// so, within a part, is each chain of `chain` products (0: there is one).
struct Order {
  int splits, chain;
};

// a (m, k) times b (k, n): with the columns that pad b. Products and sums are rounded one by one, not as
// multiply-adds, so that every machine makes the same bits.
Panels multiply(const Panels& a, const Columns& b, Order order);

}  // namespace duet::cuda_double
