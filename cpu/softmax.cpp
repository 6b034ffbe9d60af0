#include "core/layout.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {

void plan(const Softmax& op, Plan& plan) {
  const Mat<float> z = op.logits;
  const int width = padded<float>(z.cols);
  const TileGrid grid(z.rows, width, 16, width);
  plan.want_scratch(static_cast<std::size_t>(width));
  plan.stage(grid.count(), [=, &k = plan.kernels()](int tile, int, float* e) {
    const Tile t = grid[tile];
    for (int i = t.row; i < t.row + t.rows; ++i) {
      float* const row = unwrap(z.data) + static_cast<std::ptrdiff_t>(i) * z.ld;
      const SoftmaxRow softmax = k.softmax_row(row, z.cols, width, e);
      k.scale_row(e, 1 / softmax.sum, row, width);
    }
  });
}

}  // namespace duet::cpu
