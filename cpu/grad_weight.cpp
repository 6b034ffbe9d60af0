// dw = x^T dz. With an update, Adam is applied to every few rows of the gradient as they are made.
#include "core/adam_step.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

// Rows of a tile, which is a piece of a panel, and in one piece in memory; of 64 columns it takes 24 KB.
constexpr int tile_rows = 96;

}  // namespace

void plan(const GradWeight& op, Plan& plan) {
  const Factor x = plan.transposed_factor(op.x, op.dz.cols);
  const Mat<const float> dz = op.dz;
  const TileGrid grid(op.dw.rows, op.dw.stored, tile_rows, op.dw.width);
  const auto product = [=, &k = plan.kernels()](const Tile& t, float* c, const Update* update) {
    x.multiply(k, t.row,
               {.b = unwrap(dz.data) + t.column,
                .ldb = dz.ld,
                .c = c,
                .ldc = t.width,
                .m = t.rows,
                .n = t.width,
                .update = update});
  };

  if (!op.update) {
    plan.stage(grid.count(), [=, dw = op.dw](int tile, int, float*) {
      const Tile t = grid[tile];
      product(t, unwrap(dw.data) + dw.offset(t.row, t.column), nullptr);
    });
    return;
  }
  plan.want_scratch(static_cast<std::size_t>(tile_rows) * op.dw.width);
  const Adam& adam = *op.update;
  plan.stage(grid.count(),
             [=, dw = op.dw, param = unwrap(adam.param.data), m = unwrap(adam.m.data),
              v = unwrap(adam.v.data), hyper = unwrap(adam.hyper), stopped = unwrap(adam.stopped),
              &k = plan.kernels()](int tile, int step, float* gradient) {
               if (is_stopped(stopped)) return;
               const Tile t = grid[tile];
               const std::ptrdiff_t at = dw.offset(t.row, t.column);
               const Update update{adam_step(*hyper, step), param + at, m + at, v + at};
               product(t, gradient, &update);
             });
}

}  // namespace duet::cpu
