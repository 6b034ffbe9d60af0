#include "core/adam_step.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {

void plan(const Adam& op, Plan& plan) {
  const TileGrid grid(1, op.param.size, 1, 8192);  // 128 KB of operands a tile
  plan.stage(grid.count(), [=, param = unwrap(op.param.data), g = unwrap(op.grad.data), m = unwrap(op.m.data),
                            v = unwrap(op.v.data), hyper = unwrap(op.hyper), stopped = unwrap(op.stopped),
                            &k = plan.kernels()](int tile, int step, float*) {
    if (is_stopped(stopped)) return;
    const Tile t = grid[tile];
    const int at = t.column;
    k.adam(adam_step(*hyper, step), g + at, param + at, m + at, v + at, t.width);
  });
}

}  // namespace duet::cpu
