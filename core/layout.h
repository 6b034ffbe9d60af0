// Books all buffers of a program into one allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/backend.h"
#include "core/views.h"

namespace duet {

inline constexpr std::size_t row_bytes = 64;  // every row starts and ends on a cache line

constexpr std::size_t round_up(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

// The elements of a row of n, padding included.
template <class T>
constexpr int padded(int n) {
  return static_cast<int>(round_up(static_cast<std::size_t>(n) * sizeof(T), row_bytes) / sizeof(T));
}

// Elements from one row of a matrix to the next: an odd number of lines where rows are long. Kernels walk
// down a few columns, and with a power of two from row to row all they read would lie in a few sets of the
// cache: products with 512 columns took 1.4 times as long.
template <class T>
constexpr int leading_dimension(int cols) {
  constexpr int line = static_cast<int>(row_bytes / sizeof(T)), long_row = 4 * line;
  const int ld = padded<T>(cols);
  return ld > long_row && ld / line % 2 == 0 ? ld + line : ld;
}

// The shape of a matrix in panels of `width` columns, or of all where it is 0.
template <class T>
Panels<T> panels_without_memory(int rows, int cols, int width) {
  const int stored = padded<T>(cols);
  return {{}, rows, cols, stored, width == 0 ? stored : std::min(width, stored)};
}

// Hands out addresses from `base` on. With no base it only counts, and its addresses lead nowhere.
class Arena {
 public:
  explicit Arena(Ptr<std::byte> base = Ptr<std::byte>::from_address(row_bytes)) : base_(base) {}

  template <class T>
  Vec<T> vec(int size) {
    return {take<T>(static_cast<std::size_t>(padded<T>(size))), size};
  }
  template <class T>
  Mat<T> mat(int rows, int cols) {
    const int ld = leading_dimension<T>(cols);
    return {take<T>(static_cast<std::size_t>(rows) * ld), rows, cols, ld};
  }
  // In panels of `width` columns, or of all where it is 0.
  template <class T>
  Panels<T> panels(int rows, int cols, int width) {
    Panels<T> p = panels_without_memory<T>(rows, cols, width);
    p.data = take<T>(static_cast<std::size_t>(p.size()));
    return p;
  }
  Ptr<std::byte> bytes(std::size_t count) { return take<std::byte>(count); }
  template <class T>
  Ptr<T> one() {
    return vec<T>(1).data;
  }
  std::size_t size() const { return used_; }

 private:
  template <class T>
  Ptr<T> take(std::size_t elements) {
    const auto at = static_cast<std::ptrdiff_t>(used_);
    used_ += round_up(elements * sizeof(T), row_bytes);
    return (base_ + at).template as<T>();
  }

  Ptr<std::byte> base_;
  std::size_t used_ = 0;
};

// What `book(arena)` books.
template <class Book>
std::size_t bytes_of(const Book& book) {
  Arena count;
  book(count);
  return count.size();
}

// Calls `book(arena)` twice: to count, and, once that much is allocated, to hand out. Returns the memory and
// what the second call returned.
template <class Book>
auto allocate(Backend& backend, const Book& book) {
  Memory memory = backend.allocate(bytes_of(book));
  Arena real(memory.data());
  return std::pair(std::move(memory), book(real));
}

// The matrix as it is on the backend, without padding: (rows, cols). Waits, as copy_out does.
template <class T>
std::vector<T> read_dense(Backend& backend, const Mat<T>& m) {
  std::vector<T> rows(static_cast<std::size_t>(m.rows) * m.ld), dense;
  copy_out<T>(backend, rows, m.data);
  dense.reserve(static_cast<std::size_t>(m.rows) * m.cols);
  for (int i = 0; i < m.rows; ++i) {
    const auto row = rows.begin() + static_cast<std::ptrdiff_t>(i) * m.ld;
    dense.insert(dense.end(), row, row + m.cols);
  }
  return dense;
}

}  // namespace duet
