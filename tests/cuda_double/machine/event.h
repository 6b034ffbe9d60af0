// What is remembered of accesses, and when two of one block are in order.
#pragma once

#include <cstdint>

namespace duet::cuda_double {

// Counts up over all works that run; 0 is no event.
using EventId = std::uint32_t;

inline constexpr std::uint32_t warp_lanes = 32;

// One instruction of a warp, or a copy, or a call of a library.
struct Event {
  std::uint32_t block = 0, warp = 0;
  std::uint32_t barriers = 0, warp_syncs = 0;  // as in Agent
  std::uint32_t fences = 0;                    // of the warp, before it
  int line = 0;
  const char* file = nullptr;
};

// How far apart threads are that have made an access of a word in no order among themselves: reads, or atomic
// operations. Only the last of them is remembered, and this.
enum class Spread : std::uint8_t { lane, warp, block, grid };

struct Access {
  const Event* event = nullptr;
  std::uint8_t lane = 0;
  Spread spread = Spread::lane;
};

// Of two accesses of one block, the earlier one spread over not more than the block: whether a barrier is
// between them, or they are of a warp that has synchronised between them.
inline bool synchronised_within_block(const Access& earlier, const Access& later) {
  const Event &a = *earlier.event, &b = *later.event;
  if (b.barriers > a.barriers) return true;
  return b.warp == a.warp && earlier.spread <= Spread::warp && b.warp_syncs > a.warp_syncs;
}

// Likewise, where it is known that `later` is the later one: a thread is in order with itself.
inline bool in_order_within_block(const Access& earlier, const Access& later) {
  const bool same_thread = earlier.event->warp == later.event->warp && earlier.spread == Spread::lane &&
                           earlier.lane == later.lane;
  return same_thread || synchronised_within_block(earlier, later);
}

}  // namespace duet::cuda_double
