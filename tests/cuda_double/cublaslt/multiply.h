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

// a (m, k) times b (k, n): with the columns that pad b. Each `chain` products along k are summed apart, then
// these sums, number `first` before all others and those behind it. Products and sums are rounded one by one,
// not as multiply-adds, so that every machine makes the same bits.
Panels multiply(const Panels& a, const Columns& b, std::int64_t chain, std::int64_t first = 0);

}  // namespace duet::cuda_double
