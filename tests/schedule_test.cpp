// Pieces of a graph in two streams: nothing runs before what it must come after, and the reference job is as
// short as it can be.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/mlp.h"
#include "cuda/schedule.h"

namespace duet::cuda {
namespace {

// Whether `first` is surely done when `second` starts, by what streams and waits alone promise.
bool is_ordered(const std::vector<Placed>& placed, int first, int second) {
  std::vector<bool> done(placed.size());
  done[second] = true;  // stands for "known to be over", found backwards
  for (int i = second; i >= 0; --i) {
    if (!done[i]) continue;
    for (const int j : placed[i].waits_for) done[j] = true;
    for (int j = i - 1; j >= 0; --j) {
      if (placed[j].lane != placed[i].lane) continue;
      done[j] = true;  // the one before it in its stream
      break;
    }
  }
  return done[first];
}

TEST(Schedule, PutsNothingBesideWhatItMustComeAfter) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Piece> pieces(1 + random() % 20);
    const std::uintptr_t places = 2 + random() % 12;
    for (Piece& piece : pieces) {
      for (unsigned n = 1 + random() % 3; n > 0; --n) {
        const std::uintptr_t at = random() % places;
        piece.push_back({at, at + 1, random() % 3 == 0});
      }
    }
    const std::vector<Placed> placed = schedule(pieces);
    ASSERT_EQ(placed.size(), pieces.size());
    for (int i = 0; i < static_cast<int>(pieces.size()); ++i) {
      for (int j = 0; j < i; ++j) {
        if (!conflict(pieces[i], pieces[j])) continue;
        ASSERT_TRUE(is_ordered(placed, j, i)) << "trial " << trial << ": " << j << " before " << i;
        ASSERT_GT(placed[i].chain, placed[j].chain);
      }
    }
  }
}

TEST(Schedule, LetsIndependentPiecesRunSideBySide) {
  const Piece write_a = {{0, 1, true}}, write_b = {{1, 2, true}}, read_both = {{0, 2, false}};
  const std::vector<Placed> placed = schedule(std::vector<Piece>{write_a, write_b, read_both});
  EXPECT_EQ(placed[0].lane, 0);
  EXPECT_EQ(placed[1].lane, 1);
  EXPECT_EQ(placed[2].lane, 0);
  EXPECT_EQ(placed[2].waits_for, std::vector<int>{1});
  EXPECT_TRUE(placed[1].awaited);
  EXPECT_FALSE(placed[0].awaited);
}

// A piece for every op of the reference job, and the gathering of the next batch behind each step.
std::vector<Piece> reference_job(int steps) {
  const Preferences prefers{.head_up_to_classes = 32};
  Arena arena(Ptr<std::byte>::from_address(1 << 20));  // nobody looks at what is there
  const TrainingBuffers on = book_training(arena, {784, 700, 500, 10}, 128, 390, prefers);
  const Mat<float> gathered = arena.mat<float>(128, 784);
  const Batch batch{{.pixels = {arena.vec<std::uint8_t>(784).data, 1, 784, 784},
                     .divisor = 255,
                     .labels = arena.vec<std::uint8_t>(1)},
                    arena.vec<std::uint32_t>(50'000),
                    128,
                    128};
  std::vector<Piece> pieces;
  for (int step = 0; step < steps; ++step) {
    for (const Op& op : training_step(on, batch, prefers)) {
      pieces.push_back(accesses(op));
      const auto* const linear = std::get_if<Linear>(&op);
      const auto* const grad = std::get_if<GradWeight>(&op);
      if ((linear && linear->x.index() == 0) || (grad && grad->x.index() == 0)) {
        pieces.back().push_back({gathered.data.address(), gathered.data.address() + 4, false});
      }
    }
    pieces.push_back({{gathered.data.address(), gathered.data.address() + 4, true}});
  }
  return pieces;
}

TEST(Schedule, AStepOfTheReferenceJobIsSixPiecesLongAndNineInAll) {
  constexpr int steps = 16;
  const std::vector<Piece> pieces = reference_job(steps);
  EXPECT_EQ(pieces.size(), std::size_t{9 * steps});
  const std::vector<Placed> placed = schedule(pieces);
  const auto chain = [](const Placed& a, const Placed& b) { return a.chain < b.chain; };
  EXPECT_EQ(std::max_element(placed.begin(), placed.end(), chain)->chain, 6 * steps);
  EXPECT_EQ(std::count_if(placed.begin(), placed.end(), [](const Placed& p) { return p.lane == 0; }),
            6 * steps);
}

}  // namespace
}  // namespace duet::cuda
