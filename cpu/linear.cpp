// y = act(x w + b), in tiles whose panel of w stays in cache for all their rows.
#include "core/layout.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {

void plan(const Linear& op, Plan& plan) {
  const Mat<const float> w = op.w;
  const Factor x = plan.factor(op.x, w.cols);
  const Mat<float> y = op.y;
  // Few columns make few tiles: then they are cut lower.
  const int width = padded<float>(y.cols);
  const TileGrid grid(y.rows, width, width >= 4 * panel_width ? 64 : 16, panel_width);
  plan.stage(grid.count(), [=, bias = unwrap(op.b.data), relu = op.act == Activation::relu,
                            &k = plan.kernels()](int tile, int, float*) {
    const Tile t = grid[tile];
    x.multiply(k, t.row,
               {.b = unwrap(w.data) + t.column,
                .ldb = w.ld,
                .c = unwrap(y.data) + static_cast<std::ptrdiff_t>(t.row) * y.ld + t.column,
                .ldc = y.ld,
                .m = t.rows,
                .n = t.width,
                .bias = bias + t.column,
                .relu = relu});
  });
}

}  // namespace duet::cpu
