// Loss, accuracy and dz of a batch, row by row; then the sums over rows, in order.
#include <bit>
#include <cmath>

#include "core/layout.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

// log(x) of a normal x > 0, within 1e-13, with the same bits on every machine (the C library's log is free to
// differ). x = 2^e m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172.
double natural_log(double x) {
  if (!std::isfinite(x)) return x;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  if (m > 1.4142135623730951) {
    m /= 2;
    ++exponent;
  }
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double series = 0;
  for (int odd = 17; odd >= 1; odd -= 2) series = series * s2 + 1.0 / odd;
  return exponent * 0.6931471805599453 + 2 * s * series;
}

struct RowResult {
  double loss;
  bool correct;
};

}  // namespace

void plan(const SoftmaxCrossEntropy& op, Plan& plan) {
  const Mat<float> z = op.logits;
  const bool backward = op.backward;
  auto* const rows = plan.keep<RowResult>(static_cast<std::size_t>(z.rows));
  const int width = padded<float>(z.cols);
  const TileGrid grid(z.rows, width, 16, width);
  plan.want_scratch(static_cast<std::size_t>(width));

  plan.stage(grid.count(),
             [=, labels = unwrap(op.labels.from.labels.data), order = unwrap(op.labels.order.data),
              stride = op.labels.stride, &k = plan.kernels()](int tile, int step, float* e) {
               const Tile t = grid[tile];
               const std::uint32_t* const examples = order + static_cast<std::ptrdiff_t>(step) * stride;
               for (int i = t.row; i < t.row + t.rows; ++i) {
                 float* const row = unwrap(z.data) + static_cast<std::ptrdiff_t>(i) * z.ld;
                 const int label = labels[examples[i]];
                 const SoftmaxRow softmax = k.softmax_row(row, z.cols, width, e);
                 rows[i] = {natural_log(double{softmax.sum}) + (double{softmax.max} - double{row[label]}),
                            softmax.argmax == label};
                 if (backward) {
                   const float mean = 1.0f / static_cast<float>(z.rows);
                   k.scale_row(e, mean / softmax.sum, row, width);
                   row[label] -= mean;
                 }
               }
             });

  const TileGrid columns(1, width, 1, 256);
  plan.stage(
      columns.count(), [=, db = unwrap(op.db.data), results = unwrap(op.results.data),
                        stopped = unwrap(op.stopped), &k = plan.kernels()](int tile, int step, float*) {
        const Tile t = columns[tile];
        if (backward) k.column_sums(unwrap(z.data) + t.column, z.ld, z.rows, t.width, db + t.column);
        if (tile != 0) return;
        double loss = 0;
        std::uint32_t correct = 0;
        for (int i = 0; i < z.rows; ++i) {
          loss += rows[i].loss;
          correct += rows[i].correct ? 1 : 0;
        }
        results[step] = {static_cast<float>(loss / z.rows), correct, static_cast<std::uint32_t>(z.rows)};
        if (stopped != nullptr && !std::isfinite(results[step].loss)) *stopped = 1;
      });
}

}  // namespace duet::cpu
