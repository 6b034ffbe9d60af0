// Order between the blocks of a grid: what comes before a fence and an atomic operation of one block, comes
// before what follows a later atomic operation on the same word, and a fence, in another.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/event.h"

namespace duet::cuda_double {

class Handover {
 public:
  explicit Handover(std::uint32_t blocks) : blocks_in_grid_(blocks) {}

  void fence(const Access& now);
  // What an atomic operation does that reads, and one that writes; of one that does both, in this order.
  void acquire(Address word, const Access& now);
  void release(Address word, const Access& now);
  std::uint32_t fences_of(std::uint32_t block, std::uint32_t warp) const;

  bool in_order(const Access& earlier, const Access& later) const;  // of two blocks
  // Whether `later` comes after what all other blocks did before their atomic operations. (What a block
  // did after its own is not told apart: of a word that several blocks have read, it is not known when each
  // did.)
  bool in_order_with_all(const Access& later) const;

 private:
  struct Fences {
    std::uint32_t count = 0;
    Access last;
  };
  struct Release {  // an atomic operation of a block that has fenced
    Access at;
    std::vector<Fences> of_warps;  // then
    std::size_t blocks = 0;        // that have released so far
    bool covers(const Access& access) const;
  };
  struct Word {
    std::vector<Release> releases;
    std::unordered_set<std::uint32_t> blocks;
  };
  struct Acquisition {  // an atomic operation on a word with releases
    const Word* word;
    std::size_t releases;  // before it
    Access at;
  };
  struct Block {
    std::vector<Fences> of_warps;
    std::vector<Acquisition> open, acquired;  // before and behind a fence
  };
  template <class Test>
  bool any_acquired(const Access& later, Test&& test) const;

  std::uint32_t blocks_in_grid_;
  std::unordered_map<std::uint32_t, Block> blocks_;  // that have fenced or acquired
  std::unordered_map<Address, Word> words_;          // that were released on
};

}  // namespace duet::cuda_double
