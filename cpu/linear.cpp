// y = act(x w + b), a panel of w at a time, which stays in cache for all rows of the tile.
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {

void plan(const Linear& op, Plan& plan) {
  const Panels<const float> w = op.w;
  const Factor x = plan.factor(op.x, w.cols);
  const Mat<float> y = op.y;
  // Few columns make few tiles: then they are cut lower.
  const TileGrid grid(y.rows, w.stored, w.stored >= 4 * panel_width ? 64 : 16, w.width);
  plan.stage(grid.count(), [=, bias = unwrap(op.b.data), relu = op.act == Activation::relu,
                            &k = plan.kernels()](int tile, int, float*) {
    const Tile t = grid[tile];
    const Mat<const float> panel = w.panel(t.column);
    x.multiply(k, t.row,
               {.b = unwrap(panel.data),
                .ldb = panel.ld,
                .c = unwrap(y.data) + static_cast<std::ptrdiff_t>(t.row) * y.ld + t.column,
                .ldc = y.ld,
                .m = t.rows,
                .n = t.width,
                .bias = bias + t.column,
                .relu = relu});
  });
}

}  // namespace duet::cpu
