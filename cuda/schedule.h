// Where the pieces of a graph run: which of them wait for which, and in which of two streams each is put.
#pragma once

#include <span>
#include <vector>

#include "core/ops.h"

namespace duet::cuda {

// What a kernel or a library's call touches.
using Piece = std::vector<Access>;

struct Placed {
  int lane = 0;   // 0: the chain that is longest; 1: what runs beside it
  int chain = 1;  // pieces in the longest chain that ends with this one
  // Pieces of the other lane that must be done before, which no earlier piece of this lane has waited for.
  std::vector<int> waits_for;
  bool awaited = false;  // by a piece of the other lane
};

// Pieces are given in an order in which they could run one after the other. One that touches what an earlier
// one writes, or writes what an earlier one touches, comes after it; others may run side by side.
std::vector<Placed> schedule(std::span<const Piece> pieces);

}  // namespace duet::cuda
