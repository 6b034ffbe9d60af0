#include "cpu/factor.h"

#include "core/layout.h"
#include "cpu/access.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

// Narrower products are over before a list, or a transposed matrix, is made.
constexpr int least_width = 64;

// A batch's pixels as floats, gathered and divided in every step.
Mat<const float> gather(const Batch& batch, Plan& plan) {
  const Mat<const std::uint8_t> pixels = batch.from.pixels;
  const int ld = leading_dimension<float>(pixels.cols), stride = batch.stride;
  float* const to = plan.keep<float>(static_cast<std::size_t>(batch.rows) * ld);
  const Mat<float> gathered(Ptr<float>(to), batch.rows, pixels.cols, ld);
  const std::uint8_t* const from = unwrap(pixels.data);
  const std::uint32_t* const order = unwrap(batch.order.data);
  const TileGrid rows(batch.rows, ld, 16, ld);
  plan.prepare({reads(batch), writes(gathered)}, rows.count(),
               [=, divisor = batch.from.divisor, &k = plan.kernels()](int tile, int step, float*) {
                 const Tile t = rows[tile];
                 for (int i = t.row; i < t.row + t.rows; ++i) {
                   const std::size_t example = order[static_cast<std::ptrdiff_t>(step) * stride + i];
                   k.divide_pixels(from + example * static_cast<std::size_t>(pixels.ld), divisor,
                                   to + static_cast<std::ptrdiff_t>(i) * ld, pixels.cols);
                 }
               });
  return gathered;
}

// x transposed, in every step but those in which `lists` take its place.
Mat<const float> transpose(const Mat<const float>& x, const std::optional<Nonzeros>& lists, Plan& plan) {
  constexpr int tile_width = 64;
  const int stored = padded<float>(x.cols), width = padded<float>(x.rows);
  float* const to = plan.keep<float>(static_cast<std::size_t>(stored) * width);
  const Mat<float> transposed(Ptr<float>(to), x.cols, x.rows, width);
  const TileGrid columns(1, stored, 1, tile_width);
  std::vector<Access> touched = {reads(x), writes(transposed)};
  if (lists) touched.push_back(lists->access(false));
  plan.prepare(touched, columns.count(),
               [=, from = unwrap(x.data), &k = plan.kernels()](int tile, int, float*) {
                 if (lists && lists->pay()) return;
                 const Tile t = columns[tile];
                 k.transpose(from + t.column, x.ld, x.rows, t.width,
                             to + static_cast<std::ptrdiff_t>(t.column) * width, width);
               });
  return transposed;
}

}  // namespace

Plan::Prepared& Plan::prepared(const Input& x) {
  for (Prepared& known : prepared_) {
    if (known.source == x) return known;
  }
  return prepared_.emplace_back(Prepared{x, {}, {}, {}, {}});
}

// A batch is either listed in every step or gathered; an activation is there anyway, and may be listed too.
std::optional<Nonzeros> Plan::nonzeros(const Input& x, int width) {
  const auto* const batch = std::get_if<Batch>(&x);
  if (width < least_width || (batch != nullptr && !mostly_dark(batch->from, kernels_))) return std::nullopt;
  std::optional<Nonzeros>& rows = prepared(x).rows;
  if (!rows) rows = std::visit([&](const auto& input) { return list_rows(input, *this); }, x);
  own_.push_back(rows->access(false));
  return rows;
}

Mat<const float> Plan::floats(const Input& x) {
  const auto* const batch = std::get_if<Batch>(&x);
  if (batch == nullptr) return std::get<Mat<const float>>(x);
  std::optional<Mat<const float>>& gathered = prepared(x).gathered;
  if (!gathered) gathered = gather(*batch, *this);
  return *gathered;
}

Factor Plan::factor(const Input& x, int width) {
  Factor factor{.a = {}, .transposed = false, .lists = nonzeros(x, width)};
  if (factor.lists && factor.lists->always()) return factor;
  const Mat<const float> a = floats(x);
  own_.push_back(reads(a));
  factor.a = a;
  return factor;
}

Factor Plan::transposed_factor(const Input& x, int width) {
  if (width < least_width) {
    Factor narrow = factor(x, width);
    narrow.transposed = true;
    return narrow;
  }
  Factor factor{.a = {}, .transposed = false, .lists = nonzeros(x, width)};
  if (factor.lists) {
    std::optional<Nonzeros>& columns = prepared(x).columns;
    if (!columns) columns = list_columns(*factor.lists, *this);
    factor.lists = columns;
    own_.push_back(columns->access(false));
    if (columns->always()) return factor;
  }
  std::optional<Mat<const float>>& transposed = prepared(x).transposed;
  if (!transposed) transposed = transpose(floats(x), factor.lists, *this);
  own_.push_back(reads(*transposed));
  factor.a = *transposed;
  return factor;
}

void Factor::multiply(const Kernels& kernels, int first_row, Gemm g) const {
  if (lists && lists->pay()) {
    kernels.sparse_gemm({.a = lists->elements + static_cast<std::ptrdiff_t>(first_row) * lists->stride,
                         .a_row = lists->stride,
                         .ends = lists->ends + static_cast<std::ptrdiff_t>(first_row) * lists->blocks,
                         .blocks = lists->blocks,
                         .b = g.b,
                         .ldb = g.ldb,
                         .c = g.c,
                         .ldc = g.ldc,
                         .m = g.m,
                         .n = g.n,
                         .bias = g.bias,
                         .relu = g.relu,
                         .update = g.update});
    return;
  }
  g.a_row = transposed ? 1 : a.ld;
  g.a_column = transposed ? a.ld : 1;
  g.a = unwrap(a.data) + first_row * g.a_row;
  g.k = transposed ? a.rows : a.cols;
  kernels.gemm(g);
}

}  // namespace duet::cpu
