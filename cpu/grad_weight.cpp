// dw = x^T dz. With an update, Adam is applied to the tile of the gradient before it leaves the cache.
#include "core/layout.h"
#include "cpu/adam_step.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

// Long rows, so that Adam streams through parameters and moments; the tile of the gradient stays in L2 (147
// KB).
constexpr int tile_rows = 48, tile_width = 12 * panel_width;

}  // namespace

void plan(const GradWeight& op, Plan& plan) {
  const Factor x = plan.transposed_factor(op.x, op.dz.cols);
  const Mat<const float> dz = op.dz;
  const TileGrid grid(op.dw.rows, padded<float>(op.dw.cols), tile_rows, tile_width);
  const std::ptrdiff_t ld = op.dw.ld;
  const auto product = [=, &k = plan.kernels()](const Tile& t, float* c, std::int64_t ldc,
                                                const Upcoming& upcoming) {
    x.multiply(k, t.row,
               {.b = unwrap(dz.data) + t.column,
                .ldb = dz.ld,
                .c = c,
                .ldc = ldc,
                .m = t.rows,
                .n = t.width,
                .upcoming = upcoming});
  };

  if (!op.update) {
    plan.stage(grid.count(), [=, dw = unwrap(op.dw.data)](int tile, int, float*) {
      const Tile t = grid[tile];
      product(t, dw + t.row * ld + t.column, ld, {});
    });
    return;
  }
  plan.want_scratch(tile_rows * tile_width);
  const Adam& adam = *op.update;
  plan.stage(
      grid.count(), [=, param = unwrap(adam.param.data), m = unwrap(adam.m.data), v = unwrap(adam.v.data),
                     hyper = unwrap(adam.hyper), stopped = unwrap(adam.stopped),
                     &k = plan.kernels()](int tile, int step, float* gradient) {
        if (is_stopped(stopped)) return;
        const Tile t = grid[tile];
        const std::ptrdiff_t at = t.row * ld + t.column;
        product(t, gradient, t.width, {{param + at, m + at, v + at}, ld});
        k.adam(adam_step(*hyper, step), gradient, t.width, param + at, m + at, v + at, ld, t.rows, t.width);
      });
}

}  // namespace duet::cpu
