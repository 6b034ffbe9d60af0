// Views of memory that belongs to some backend: an address, and the shape laid over it. They own nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace duet {

// An address in some backend's memory. It has no * and no [], so that core cannot touch what it points to.
template <class T>
class Ptr {
 public:
  Ptr() = default;
  explicit Ptr(T* address) : address_(reinterpret_cast<std::uintptr_t>(address)) {}
  template <class U>
  requires(std::is_convertible_v<U*, T*>) Ptr(Ptr<U> other)
      : address_(other.address()) {}  // NOLINT: as U* converts to const U*, so does this

  explicit operator bool() const { return address_ != 0; }
  bool operator==(const Ptr&) const = default;
  Ptr operator+(std::ptrdiff_t elements) const {
    return from_address(address_ + static_cast<std::uintptr_t>(elements) * sizeof(T));
  }
  template <class U>
  Ptr<U> as() const {  // the same address, seen as another type
    return Ptr<U>::from_address(address_);
  }
  std::uintptr_t address() const { return address_; }  // for comparing and aligning
  static Ptr from_address(std::uintptr_t address) {
    Ptr ptr;
    ptr.address_ = address;
    return ptr;
  }

 private:
  std::uintptr_t address_ = 0;
};

// Row-major views. Storage of every row, and of a vector, ends on a multiple of 64 bytes (layout.h); what
// lies between the last column and that end is padding: zero, and zero it stays.
template <class T>
struct Vec {
  Ptr<T> data;
  int size = 0;
  Vec() = default;
  Vec(Ptr<T> data_, int size_) : data(data_), size(size_) {}
  template <class U>
  requires(std::is_convertible_v<U*, T*>) Vec(Vec<U> other)
      : data(other.data), size(other.size) {}  // NOLINT: to a view of const
  bool operator==(const Vec&) const = default;
};

template <class T>
struct Mat {
  Ptr<T> data;
  int rows = 0, cols = 0;
  int ld = 0;  // elements from one row to the next: cols and their padding
  Mat() = default;
  Mat(Ptr<T> data_, int rows_, int cols_, int ld_) : data(data_), rows(rows_), cols(cols_), ld(ld_) {}
  template <class U>
  requires(std::is_convertible_v<U*, T*>) Mat(Mat<U> other)
      : data(other.data), rows(other.rows), cols(other.cols), ld(other.ld) {}  // NOLINT: likewise
  bool operator==(const Mat&) const = default;
};

// A matrix in panels of `width` columns, each a row-major matrix: all of the first, then all of the next.
// Whoever works on a few columns of every row finds them in one piece. The last panel may be narrower; one
// panel of all columns is the row-major matrix.
template <class T>
struct Panels {
  Ptr<T> data;
  int rows = 0, cols = 0;
  int stored = 0;  // cols and their padding, which are in the last panel
  int width = 0;
  Panels() = default;
  Panels(Ptr<T> data_, int rows_, int cols_, int stored_, int width_)
      : data(data_), rows(rows_), cols(cols_), stored(stored_), width(width_) {}
  template <class U>
  requires(std::is_convertible_v<U*, T*>) Panels(Panels<U> other)
      : Panels(other.data, other.rows, other.cols, other.stored, other.width) {}  // NOLINT: likewise

  std::ptrdiff_t size() const { return std::ptrdiff_t{rows} * stored; }  // in elements
  Vec<T> all() const { return {data, static_cast<int>(size())}; }        // with the padding
  // Panels go by their first column, a multiple of the width.
  int ld(int column) const { return std::min(width, stored - column); }
  std::ptrdiff_t offset(int row, int column) const {  // of a row of a panel from `data`
    return std::ptrdiff_t{rows} * column + std::ptrdiff_t{row} * ld(column);
  }
  Mat<T> panel(int column) const {
    return {data + offset(0, column), rows, std::min(width, cols - column), ld(column)};
  }
};

template <class T>
Mat<T> first_rows(Mat<T> m, int rows) {
  return {m.data, rows, m.cols, m.ld};
}

}  // namespace duet
