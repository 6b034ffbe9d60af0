// A matrix of this step by its nonzero elements. Half of what a network multiplies is zero: dark pixels, and
// units that ReLU has silenced. Skipping a zero is exact.
#pragma once

#include <cstdint>

#include "core/ops.h"
#include "cpu/kernels/kernels.h"

namespace duet::cpu {

class Plan;

// Lists, one a row, as SparseGemm takes them. A matrix of floats is looked at anew in every step, in groups
// of rows; where a group has too many elements no list is made of it, and all readers take the matrix as it
// is.
struct Nonzeros {
  int rows = 0, columns = 0, blocks = 0;  // blocks of list_depth columns
  Nonzero* elements = nullptr;            // row i's at elements + i * stride
  int stride = 0;
  std::uint32_t* ends = nullptr;  // (rows, blocks)
  std::uint8_t* dense = nullptr;  // (groups): not zero where a group has no lists
  int groups = 0;                 // none where lists are always made

  bool always() const { return groups == 0; }
  // Whether there are lists of all rows in this step.
  bool pay() const;
  // The share of elements in the lists, in a step where there are lists of all rows.
  double share() const;
  // What a stage that makes or reads the lists touches.
  Access access(bool write) const;
};

// Whether so few of the examples' pixels are lit that lists pay in every step.
bool mostly_dark(const Examples& examples, const Kernels& kernels);

// Plan the stages that make the lists in every step.
Nonzeros list_rows(const Batch& batch, Plan& plan);
Nonzeros list_rows(const Mat<const float>& x, Plan& plan);
Nonzeros list_columns(const Nonzeros& rows, Plan& plan);  // of the same matrix transposed

}  // namespace duet::cpu
