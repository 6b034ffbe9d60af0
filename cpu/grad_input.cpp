// dz_below = (dz w^T) * act'(y_below), and its column sums. A tile transposes its panel of w first: then the
// product runs along rows like every other one, where dot products would take half as long again.
#include "core/layout.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {

void plan(const GradInput& op, Plan& plan) {
  const Mat<const float> w = op.w, y = op.y_below;
  const Mat<float> below = op.dz_below;
  const int out = w.cols;
  const Factor dz = plan.factor(op.dz, below.cols);
  const int width = padded<float>(below.cols);
  const TileGrid grid(below.rows, width, width >= 4 * panel_width ? 256 : 32, panel_width);
  const int blocks = grid.down();
  // With one block of rows its sums are the result; with more, they are added in order afterwards.
  float* const db = unwrap(op.db_below.data);
  float* const sums = blocks == 1 ? db : plan.keep<float>(static_cast<std::size_t>(blocks) * width);
  plan.want_scratch(static_cast<std::size_t>(out) * panel_width);

  plan.stage(grid.count(), [=, masked = op.act_below == Activation::relu, &k = plan.kernels()](int tile, int,
                                                                                               float* panel) {
    const Tile t = grid[tile];
    const int columns = std::min(t.width, below.cols - t.column);  // of w^T; the others are padding
    k.transpose(unwrap(w.data) + static_cast<std::ptrdiff_t>(t.column) * w.ld, w.ld, columns, out, panel,
                t.width);
    float* const c = unwrap(below.data) + static_cast<std::ptrdiff_t>(t.row) * below.ld + t.column;
    dz.multiply(k, t.row, {.b = panel, .ldb = t.width, .c = c, .ldc = below.ld, .m = t.rows, .n = t.width});
    float* const sum = sums + static_cast<std::ptrdiff_t>(tile % blocks) * width + t.column;
    if (masked) {
      k.mask_and_sum(c, below.ld, unwrap(y.data) + static_cast<std::ptrdiff_t>(t.row) * y.ld + t.column, y.ld,
                     t.rows, t.width, sum);
    } else {
      k.column_sums(c, below.ld, t.rows, t.width, sum);
    }
  });
  if (blocks > 1) {
    plan.stage(1,
               [=, &k = plan.kernels()](int, int, float*) { k.column_sums(sums, width, blocks, width, db); });
  }
}

}  // namespace duet::cpu
