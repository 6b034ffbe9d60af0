// The storage of a shadow: a cell for each word of memory, and for each byte of words that were once accessed
// in part.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_map>

#include "tests/cuda_double/machine/event.h"

namespace duet::cuda_double {

// What is remembered of accesses: the last, and how far the others were from it that are in no order with it.
struct Past {
  EventId id = 0;
  std::uint8_t lane = 0;
  Spread spread = Spread::lane;
};

// Zero is memory that nobody has touched. An access is in order with all that there were if it is with the
// last writer and the last reader: what came before those was in order with them, or was reported.
struct Cell {
  EventId last_writer = 0;     // 0: nobody has written it
  EventId last_reader = 0;     // since it was written but by atomic operations
  EventId earlier_reader = 0;  // of a work that is in no order with the reader's
  std::uint8_t writer_lane : 5 = 0;
  Spread writer_spread : 2 = Spread::lane;
  bool atomic : 1 = false;  // the writer's was an atomic operation
  std::uint8_t reader_lane : 5 = 0;
  Spread reader_spread : 2 = Spread::lane;
  bool reader_wrote : 1 = false;  // plainly, before atomic operations
  bool split : 1 = false;         // its bytes have cells of their own, and this one has no meaning

  Past writer() const { return {last_writer, writer_lane, writer_spread}; }
  Past reader() const { return {last_reader, reader_lane, reader_spread}; }
  void set_writer(const Past& past, bool is_atomic) {
    last_writer = past.id;
    writer_lane = past.lane & (warp_lanes - 1);
    writer_spread = past.spread;
    atomic = is_atomic;
  }
  void set_reader(const Past& past, bool wrote) {
    last_reader = past.id;
    reader_lane = past.lane & (warp_lanes - 1);
    reader_spread = past.spread;
    reader_wrote = wrote;
  }
};
static_assert(sizeof(Cell) == 16);

class Cells {
 public:
  static constexpr std::size_t word = 4;  // bytes

  explicit Cells(Cell* words) : words_(words) {}

  // visit(cell, offset of what it stands for) for all cells of a range.
  template <class Visit>
  void each(std::size_t offset, std::size_t bytes, Visit&& visit) {
    const std::size_t end = offset + bytes;
    for (std::size_t at = offset / word * word; at < end; at += word) {
      Cell& cell = words_[at / word];
      const std::size_t first = std::max(offset, at), last = std::min(end, at + word);
      if (last - first == word && !cell.split) {
        visit(cell, at);
        continue;
      }
      std::array<Cell, word>& parts = split(at);
      for (std::size_t byte = first; byte < last; ++byte) visit(parts[byte - at], byte);
    }
  }
  void trust(std::size_t end) { trusted_ = end; }
  bool counts_as_written(std::size_t offset) const { return offset < trusted_; }
  void forget(std::size_t offset, std::size_t bytes);  // the parts; words are their owner's

 private:
  std::array<Cell, word>& split(std::size_t at);

  Cell* words_;
  std::size_t trusted_ = 0;                                        // what lies before it counts as written
  std::unordered_map<std::size_t, std::array<Cell, word>> parts_;  // by the word's offset
};

}  // namespace duet::cuda_double
