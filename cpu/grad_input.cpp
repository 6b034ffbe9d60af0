// dz_below = (dz w^T) * act'(y_below), and its column sums.
//
// What ReLU has silenced is zero in dz_below: where few units of this step are awake, only their elements are
// computed, as dot products of rows of dz and w. Otherwise a tile transposes what it takes of w, some panels
// at a time: then the product runs along rows like every other one, where dot products would take half as
// long again.
#include "core/layout.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

constexpr int transposed_depth = 128;  // rows of the transposed piece: 32 KB, which stay in L1

static_assert(list_depth % panel_width == 0);  // so that a tile is in one block of the lists

}  // namespace

void plan(const GradInput& op, Plan& plan) {
  const Mat<const float> dz = op.dz, y = op.y_below;
  const Panels<const float> w = op.w;
  const Mat<float> below = op.dz_below;
  const bool masked = op.act_below == Activation::relu;
  // ReLU's output has no negative elements: those that are not zero are the units that are awake.
  const std::optional<Nonzeros> awake = masked ? plan.nonzeros(y, w.cols) : std::nullopt;
  const int width = padded<float>(below.cols);
  const TileGrid grid(below.rows, width, width >= 4 * panel_width ? 256 : 32, panel_width);
  const int blocks = grid.down();
  // With one block of rows its sums are the result; with more, they are added in order afterwards.
  float* const db = unwrap(op.db_below.data);
  float* const sums = blocks == 1 ? db : plan.keep<float>(static_cast<std::size_t>(blocks) * width);
  const int depth = std::max(transposed_depth / w.width, 1) * w.width;  // whole panels of w
  plan.want_scratch(static_cast<std::size_t>(depth) * panel_width);

  plan.stage(grid.count(), [=, &k = plan.kernels()](int tile, int, float* transposed) {
    const Tile t = grid[tile];
    const float* const a = unwrap(dz.data) + static_cast<std::ptrdiff_t>(t.row) * dz.ld;
    float* const c = unwrap(below.data) + static_cast<std::ptrdiff_t>(t.row) * below.ld;
    float* const sum = sums + static_cast<std::ptrdiff_t>(tile % blocks) * width + t.column;
    if (awake && awake->pay() && awake->share() < double{k.sampled_below}) {
      k.sampled_gemm({.a = a,
                      .lda = dz.ld,
                      .b = unwrap(w.data),
                      .b_rows = w.rows,
                      .b_width = w.width,
                      .wanted = awake->elements + static_cast<std::ptrdiff_t>(t.row) * awake->stride,
                      .wanted_row = awake->stride,
                      .ends = awake->ends + static_cast<std::ptrdiff_t>(t.row) * awake->blocks,
                      .blocks = awake->blocks,
                      .c = c,
                      .ldc = below.ld,
                      .m = t.rows,
                      .first_column = t.column,
                      .n = t.width,
                      .k = w.stored});
      k.column_sums(c + t.column, below.ld, t.rows, t.width, sum);
      return;
    }
    const int units = std::min(t.width, below.cols - t.column);  // rows of w; the others are padding
    for (int first = 0; first < w.cols; first += depth) {
      const int end = std::min(first + depth, w.stored);
      for (int column = first; column < end; column += w.width) {
        const int ld = w.ld(column);
        k.transpose(unwrap(w.data) + w.offset(t.column, column), ld, units, ld,
                    transposed + static_cast<std::ptrdiff_t>(column - first) * t.width, t.width);
      }
      k.gemm({.a = a + first,
              .a_row = dz.ld,
              .b = transposed,
              .ldb = t.width,
              .c = c + t.column,
              .ldc = below.ld,
              .m = t.rows,
              .n = t.width,
              .k = std::min(end, w.cols) - first,
              .accumulate = first > 0});
    }
    if (masked) {
      k.mask_and_sum(c + t.column, below.ld,
                     unwrap(y.data) + static_cast<std::ptrdiff_t>(t.row) * y.ld + t.column, y.ld, t.rows,
                     t.width, sum);
    } else {
      k.column_sums(c + t.column, below.ld, t.rows, t.width, sum);
    }
  });
  if (blocks > 1) {
    plan.stage(1,
               [=, &k = plan.kernels()](int, int, float*) { k.column_sums(sums, width, blocks, width, db); });
  }
}

}  // namespace duet::cpu
