#include "cuda/schedule.h"

#include <algorithm>

namespace duet::cuda {
namespace {

// For each piece those before it that it must come after, nearest first; what these came after is left out.
std::vector<std::vector<int>> find_dependencies(std::span<const Piece> pieces) {
  const int count = static_cast<int>(pieces.size());
  std::vector<std::vector<int>> nearest(pieces.size());
  std::vector<std::vector<bool>> before(pieces.size());  // [i][j]: j comes before i
  for (int i = 0; i < count; ++i) {
    before[i].resize(pieces.size());
    for (int j = i - 1; j >= 0; --j) {
      if (before[i][j] || !conflict(pieces[i], pieces[j])) continue;
      nearest[i].push_back(j);
      before[i][j] = true;
      for (int k = 0; k < j; ++k) {
        if (before[j][k]) before[i][k] = true;
      }
    }
  }
  return nearest;
}

// The longest chain that begins with each piece.
std::vector<int> chains_ahead(const std::vector<std::vector<int>>& dependencies) {
  std::vector<int> ahead(dependencies.size(), 1);
  for (std::size_t i = dependencies.size(); i-- > 0;) {
    for (const int j : dependencies[i]) ahead[j] = std::max(ahead[j], ahead[i] + 1);
  }
  return ahead;
}

}  // namespace

std::vector<Placed> schedule(std::span<const Piece> pieces) {
  const std::vector<std::vector<int>> dependencies = find_dependencies(pieces);
  const std::vector<int> ahead = chains_ahead(dependencies);
  const int longest = ahead.empty() ? 0 : *std::max_element(ahead.begin(), ahead.end());

  std::vector<Placed> placed(pieces.size());
  int last_of_main = -1;
  int seen[2] = {-1, -1};  // the last piece of the other lane that each lane has waited for
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    Placed& piece = placed[i];
    for (const int j : dependencies[i]) piece.chain = std::max(piece.chain, placed[j].chain + 1);
    const auto follows = [&](int j) {
      return std::find(dependencies[i].begin(), dependencies[i].end(), j) != dependencies[i].end();
    };
    const bool critical = piece.chain + ahead[i] - 1 == longest;
    piece.lane = critical && (last_of_main < 0 || follows(last_of_main)) ? 0 : 1;
    if (piece.lane == 0) last_of_main = static_cast<int>(i);
    for (const int j : dependencies[i]) {
      if (placed[j].lane == piece.lane || j <= seen[piece.lane]) continue;
      // The nearest comes first, and a lane runs in order: it stands for all before it.
      seen[piece.lane] = j;
      piece.waits_for.push_back(j);
      placed[j].awaited = true;
    }
  }
  return placed;
}

}  // namespace duet::cuda
