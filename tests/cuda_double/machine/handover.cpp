#include "tests/cuda_double/machine/handover.h"

#include <algorithm>

namespace duet::cuda_double {

void Handover::fence(const Access& now) {
  Block& block = blocks_[now.event->block];
  if (block.of_warps.size() <= now.event->warp) block.of_warps.resize(now.event->warp + 1);
  Fences& fences = block.of_warps[now.event->warp];
  ++fences.count;
  fences.last = now;
  std::erase_if(block.open, [&](const Acquisition& acquisition) {
    const bool fenced = in_order_within_block(acquisition.at, now);
    if (fenced) block.acquired.push_back(acquisition);
    return fenced;
  });
}

void Handover::acquire(Address word, const Access& now) {
  const auto found = words_.find(word);
  if (found == words_.end()) return;
  blocks_[now.event->block].open.push_back({&found->second, found->second.releases.size(), now});
}

void Handover::release(Address word, const Access& now) {
  const auto block = blocks_.find(now.event->block);
  if (block == blocks_.end() || block->second.of_warps.empty()) return;
  Word& released = words_[word];
  released.blocks.insert(now.event->block);
  released.releases.push_back({now, block->second.of_warps, released.blocks.size()});
}

std::uint32_t Handover::fences_of(std::uint32_t block, std::uint32_t warp) const {
  const auto found = blocks_.find(block);
  if (found == blocks_.end() || found->second.of_warps.size() <= warp) return 0;
  return found->second.of_warps[warp].count;
}

// The access comes before the atomic operation, and a fence between them is its own warp's, or one in front
// of the operation that the block's barriers put behind the access.
bool Handover::Release::covers(const Access& access) const {
  const auto fences = [&](const Access& by) {
    return by.event->warp < of_warps.size() ? of_warps[by.event->warp] : Fences{};
  };
  if (access.event->block != at.event->block || !in_order_within_block(access, at)) return false;
  if (fences(access).count > access.event->fences) return true;
  const Fences own = fences(at);
  return own.count > 0 && synchronised_within_block(access, own.last);
}

template <class Test>
bool Handover::any_acquired(const Access& later, Test&& test) const {
  const auto block = blocks_.find(later.event->block);
  if (block == blocks_.end()) return false;
  return std::any_of(block->second.acquired.begin(), block->second.acquired.end(),
                     [&](const Acquisition& acquisition) {
                       return in_order_within_block(acquisition.at, later) && test(acquisition);
                     });
}

bool Handover::in_order(const Access& earlier, const Access& later) const {
  return any_acquired(later, [&](const Acquisition& acquisition) {
    const auto first = acquisition.word->releases.begin();
    return std::any_of(first, first + static_cast<std::ptrdiff_t>(acquisition.releases),
                       [&](const Release& release) { return release.covers(earlier); });
  });
}

bool Handover::in_order_with_all(const Access& later) const {
  return any_acquired(later, [&](const Acquisition& acquisition) {
    return acquisition.word->releases[acquisition.releases - 1].blocks + 1 >= blocks_in_grid_;
  });
}

}  // namespace duet::cuda_double
