// Operands on a backend with canaries around each, filled with what a test says, read back with what it
// wrote.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include "core/layout.h"
#include "tests/reference.h"

namespace duet::test {

// The source of all test values: the same in every run.
class Random {
 public:
  explicit Random(unsigned seed = 1) : generator_(seed) {}
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator_); }
  double real(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(generator_);
  }

  // Small integers: their products and sums are exact in float, so that a matrix product must be equal, not
  // close.
  reference::Matrix integers(int rows, int cols) {
    reference::Matrix m(rows, cols);
    for (double& value : m.values) value = integer(-4, 4);
    return m;
  }
  // Values of float, so that the reference starts from the same numbers.
  reference::Matrix reals(int rows, int cols, double low, double high) {
    reference::Matrix m(rows, cols);
    for (double& value : m.values) value = static_cast<float>(real(low, high));
    return m;
  }

 private:
  std::mt19937 generator_;
};

class Guarded {
 public:
  explicit Guarded(Backend& backend) : backend_(backend) {}

  template <class T>
  Mat<T> mat(int rows, int cols, int ld) {
    const std::size_t bytes = round_up(static_cast<std::size_t>(rows) * ld * sizeof(T), row_bytes);
    Block& block = blocks_.emplace_back();
    block.memory = backend_.allocate(bytes + 2 * guard);
    block.bytes = bytes;
    const std::vector<std::byte> canary(guard, canary_byte);
    backend_.copy_in(block.memory.data(), canary);
    backend_.copy_in(block.memory.data() + static_cast<std::ptrdiff_t>(guard + bytes), canary);
    return {(block.memory.data() + guard).as<T>(), rows, cols, ld};
  }
  Mat<float> mat(int rows, int cols) { return mat<float>(rows, cols, leading_dimension<float>(cols)); }
  Mat<float> mat(const reference::Matrix& values) {
    const Mat<float> m = mat(values.rows, values.cols);
    write(m, values);
    return m;
  }
  // In panels as the backend prefers them.
  Panels<float> shape_of_panels(int rows, int cols) const {
    return panels_without_memory<float>(rows, cols, backend_.prefers().weight_panel);
  }
  Panels<float> panels(int rows, int cols) {
    Panels<float> p = shape_of_panels(rows, cols);
    p.data = mat<float>(rows, cols, p.stored).data;
    return p;
  }
  Panels<float> panels(const reference::Matrix& values) {
    const Panels<float> p = panels(values.rows, values.cols);
    for (int column = 0; column < p.stored; column += p.width) {
      const Mat<float> panel = p.panel(column);
      write(panel, columns(values, column, panel.cols));
    }
    return p;
  }
  Vec<float> vec(const reference::Vector& values) {
    reference::Matrix row(1, static_cast<int>(values.size()));
    row.values = values;
    return {mat(row).data, row.cols};
  }
  template <class T>
  Vec<T> vec(const std::vector<T>& values) {
    const int size = static_cast<int>(values.size());
    const Mat<T> m = mat<T>(1, size, padded<T>(size));
    copy_in<T>(backend_, m.data, values);
    return {m.data, size};
  }

  void write(Mat<float> m, const reference::Matrix& values) {
    std::vector<float> data(static_cast<std::size_t>(m.rows) * m.ld);
    for (int i = 0; i < m.rows; ++i) {
      for (int j = 0; j < m.cols; ++j)
        data[static_cast<std::size_t>(i) * m.ld + j] = static_cast<float>(values[i][j]);
    }
    copy_in<float>(backend_, m.data, data);
  }
  // Also checks that the padding is zero.
  reference::Matrix read(Mat<const float> m) {
    std::vector<float> data(static_cast<std::size_t>(m.rows) * m.ld);
    copy_out<float>(backend_, data, m.data);
    reference::Matrix values(m.rows, m.cols);
    for (int i = 0; i < m.rows; ++i) {
      for (int j = 0; j < m.ld; ++j) {
        const float value = data[static_cast<std::size_t>(i) * m.ld + j];
        if (j < m.cols) {
          values[i][j] = value;
        } else if (value != 0) {
          ADD_FAILURE() << "padding of row " << i << " was written";
        }
      }
    }
    return values;
  }
  reference::Matrix read(Panels<const float> p) {
    reference::Matrix values(p.rows, p.cols);
    for (int column = 0; column < p.stored; column += p.width) {
      const reference::Matrix panel = read(p.panel(column));
      for (int i = 0; i < p.rows; ++i) std::copy_n(panel[i], panel.cols, values[i] + column);
    }
    return values;
  }
  reference::Vector read(Vec<const float> v) {
    return read(Mat<const float>(v.data, 1, v.size, padded<float>(v.size))).values;
  }
  template <class T>
  void write_plain(Ptr<T> to, const std::vector<T>& values) {
    copy_in<T>(backend_, to, values);
  }
  template <class T>
  std::vector<T> read_plain(Ptr<const T> data, int size) {
    std::vector<T> values(static_cast<std::size_t>(size));
    copy_out<T>(backend_, values, data);
    return values;
  }

  void expect_canaries_alive() {
    for (const Block& block : blocks_) {
      for (const std::size_t at : {std::size_t{0}, guard + block.bytes}) {
        std::vector<std::byte> canary(guard);
        backend_.copy_out(canary, block.memory.data() + static_cast<std::ptrdiff_t>(at));
        for (const std::byte b : canary)
          ASSERT_EQ(b, canary_byte) << (at == 0 ? "before" : "after") << " an operand";
      }
    }
  }

 private:
  static reference::Matrix columns(const reference::Matrix& m, int first, int count) {
    reference::Matrix some(m.rows, count);
    for (int i = 0; i < m.rows; ++i) std::copy_n(m[i] + first, count, some[i]);
    return some;
  }

  static constexpr std::size_t guard = 256;
  static constexpr std::byte canary_byte{0xC5};
  struct Block {
    Memory memory;
    std::size_t bytes = 0;
  };
  Backend& backend_;
  std::deque<Block> blocks_;
};

}  // namespace duet::test
