#include "tests/cuda_double/machine/cells.h"

namespace duet::cuda_double {

std::array<Cell, Cells::word>& Cells::split(std::size_t at) {
  Cell& cell = words_[at / word];
  std::array<Cell, word>& parts = parts_[at];
  if (!cell.split) {
    parts.fill(cell);
    cell.split = true;
  }
  return parts;
}

void Cells::forget(std::size_t offset, std::size_t bytes) {
  std::erase_if(parts_, [&](const auto& entry) { return entry.first - offset < bytes; });
}

}  // namespace duet::cuda_double
