#include "cpu/nonzeros.h"

#include <algorithm>

#include "core/layout.h"
#include "cpu/access.h"
#include "cpu/plan.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

constexpr int group_rows = 16;

Nonzeros room_for(int rows, int columns, Plan& plan) {
  Nonzeros lists{.rows = rows, .columns = columns, .blocks = (columns + list_depth - 1) / list_depth};
  lists.stride =
      static_cast<int>(round_up(static_cast<std::size_t>(columns), 8)) + 8;  // as list_nonzeros asks
  lists.elements = plan.keep<Nonzero>(static_cast<std::size_t>(rows) * lists.stride);
  lists.ends = plan.keep<std::uint32_t>(static_cast<std::size_t>(rows) * lists.blocks);
  return lists;
}

// Row i's list: `block_at(first, n)` gives its elements first .. first+n as floats.
template <class BlockAt>
void list_row(const BlockAt& block_at, int row, const Nonzeros& lists, const Kernels& kernels) {
  Nonzero* const to = lists.elements + static_cast<std::ptrdiff_t>(row) * lists.stride;
  std::uint32_t* const ends = lists.ends + static_cast<std::ptrdiff_t>(row) * lists.blocks;
  std::uint32_t count = 0;
  for (int block = 0; block < lists.blocks; ++block) {
    const int first = block * list_depth, n = std::min(list_depth, lists.columns - first);
    count += static_cast<std::uint32_t>(kernels.list_nonzeros(block_at(first, n), first, n, to + count));
    ends[block] = count;
  }
}

}  // namespace

bool Nonzeros::pay() const {
  return std::all_of(dense, dense + groups, [](std::uint8_t flag) { return flag == 0; });
}

double Nonzeros::share() const {
  std::uint64_t count = 0;
  for (int i = 0; i < rows; ++i) count += ends[static_cast<std::ptrdiff_t>(i + 1) * blocks - 1];
  return static_cast<double>(count) / (static_cast<double>(rows) * columns);
}

Access Nonzeros::access(bool write) const {  // ends and flags go with the elements
  return cpu::access(elements, static_cast<std::size_t>(rows) * stride, write);
}

bool mostly_dark(const Examples& examples, const Kernels& kernels) {
  const Mat<const std::uint8_t> pixels = examples.pixels;
  const int step = std::max(1, pixels.rows / 1000);  // a thousand examples speak for all
  std::int64_t lit = 0, seen = 0;
  for (int i = 0; i < pixels.rows; i += step, seen += pixels.cols) {
    const std::uint8_t* const row = unwrap(pixels.data) + static_cast<std::ptrdiff_t>(i) * pixels.ld;
    lit += pixels.cols - std::count(row, row + pixels.cols, 0);
  }
  return static_cast<double>(lit) < double{kernels.sparse_below} * static_cast<double>(seen);
}

Nonzeros list_rows(const Batch& batch, Plan& plan) {
  const Mat<const std::uint8_t> pixels = batch.from.pixels;
  const Nonzeros lists = room_for(batch.rows, pixels.cols, plan);
  const TileGrid groups(batch.rows, 1, group_rows, 1);
  plan.prepare({reads(batch), lists.access(true)}, groups.count(),
               [=, order = unwrap(batch.order.data), stride = batch.stride, divisor = batch.from.divisor,
                &k = plan.kernels()](int tile, int step, float*) {
                 const Tile t = groups[tile];
                 const auto pixels_of = [&](int i) {
                   const std::size_t example = order[static_cast<std::ptrdiff_t>(step) * stride + i];
                   return unwrap(pixels.data) + example * static_cast<std::size_t>(pixels.ld);
                 };
                 // Shuffled examples lie anywhere: all of the tile are asked for before the first is needed.
                 for (int i = t.row; i < t.row + t.rows; ++i) {
                   for (int j = 0; j < pixels.cols; j += 64) __builtin_prefetch(pixels_of(i) + j);
                 }
                 for (int i = t.row; i < t.row + t.rows; ++i) {
                   const std::uint8_t* const x = pixels_of(i);
                   float block[list_depth];
                   const auto divided = [&](int first, int n) {
                     k.divide_pixels(x + first, divisor, block, n);
                     return block;
                   };
                   list_row(divided, i, lists, k);
                 }
               });
  return lists;
}

Nonzeros list_rows(const Mat<const float>& x, Plan& plan) {
  Nonzeros lists = room_for(x.rows, x.cols, plan);
  const TileGrid groups(x.rows, 1, group_rows, 1);
  lists.groups = groups.count();
  lists.dense = plan.keep<std::uint8_t>(static_cast<std::size_t>(lists.groups));

  plan.prepare(
      {reads(x), lists.access(true)}, groups.count(), [=, &k = plan.kernels()](int tile, int, float*) {
        const Tile t = groups[tile];
        const float* const rows = unwrap(x.data) + static_cast<std::ptrdiff_t>(t.row) * x.ld;
        const int count = k.count_nonzeros(rows, t.rows * x.ld);  // padding is zero
        const bool dense = static_cast<float>(count) >= k.sparse_below * static_cast<float>(t.rows * x.cols);
        lists.dense[tile] = dense ? 1 : 0;
        if (dense) return;
        for (int i = 0; i < t.rows; ++i) {
          const float* const row = rows + static_cast<std::ptrdiff_t>(i) * x.ld;
          list_row([&](int first, int) { return row + first; }, t.row + i, lists, k);
        }
      });
  return lists;
}

Nonzeros list_columns(const Nonzeros& rows, Plan& plan) {
  Nonzeros lists = room_for(rows.columns, rows.rows, plan);
  lists.dense = rows.dense;
  lists.groups = rows.groups;

  // A tile deals out the elements of one block of columns, row by row, so that every list is in order.
  plan.prepare({rows.access(false), lists.access(true)}, rows.blocks, [=](int block, int, float*) {
    if (!rows.pay()) return;
    const int first = block * list_depth, width = std::min(list_depth, rows.columns - first);
    std::uint32_t counts[list_depth] = {};
    for (int i = 0; i < rows.rows; ++i) {
      const std::uint32_t* const ends = rows.ends + static_cast<std::ptrdiff_t>(i) * rows.blocks + block;
      const Nonzero* const elements = rows.elements + static_cast<std::ptrdiff_t>(i) * rows.stride;
      for (std::uint32_t e = block == 0 ? 0 : ends[-1]; e < ends[0]; ++e) {
        const std::uint32_t column = elements[e].column;
        std::uint32_t& count = counts[column - static_cast<std::uint32_t>(first)];
        lists.elements[static_cast<std::ptrdiff_t>(column) * lists.stride + count++] = {
            static_cast<std::uint32_t>(i), elements[e].value};
      }
      if ((i + 1) % list_depth != 0 && i + 1 != rows.rows) continue;
      for (int j = 0; j < width; ++j) {
        lists.ends[static_cast<std::ptrdiff_t>(first + j) * lists.blocks + i / list_depth] = counts[j];
      }
    }
  });
  return lists;
}

}  // namespace duet::cpu
