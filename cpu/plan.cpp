#include "cpu/plan.h"

#include <algorithm>

#include "core/layout.h"
#include "cpu/tiles.h"

namespace duet::cpu {
namespace {

bool same(const Batch& a, const Batch& b) {
  return a.from.pixels.data == b.from.pixels.data && a.from.divisor == b.from.divisor &&
         a.order.data == b.order.data && a.stride == b.stride && a.rows == b.rows;
}

}  // namespace

void Plan::begin(const Op& op) {
  own_ = accesses(op);
  std::erase_if(gathered_, [&](const auto& known) {  // a new order, another batch
    const Vec<const std::uint32_t> order = known.first.order;
    const Access read{order.data.address(), (order.data + order.size).address(), false};
    return conflict(own_, {&read, 1});
  });
  may_join_ = !phases_.empty() && !conflict(own_, touched_);
}

void Plan::stage(int tiles, std::function<void(int tile, int step, float* scratch)> run) {
  if (!may_join_) {
    phases_.emplace_back();
    touched_.clear();
  }
  phases_.back().push_back({tiles, std::move(run)});
  touched_.insert(touched_.end(), own_.begin(), own_.end());
  may_join_ = false;
}

void Plan::want_scratch(std::size_t floats) {
  scratch_floats_ = std::max(scratch_floats_, round_up(floats, line));
}

Mat<const float> Plan::input(const Input& x) {
  const auto* const batch = std::get_if<Batch>(&x);
  if (batch == nullptr) return std::get<Mat<const float>>(x);
  for (const auto& [known, gathered] : gathered_) {
    if (same(known, *batch)) return gathered;
  }
  const Mat<const std::uint8_t> pixels = batch->from.pixels;
  const int ld = padded<float>(pixels.cols), stride = batch->stride;
  float* const to = keep<float>(static_cast<std::size_t>(batch->rows) * ld);
  const std::uint8_t* const from = unwrap(pixels.data);
  const std::uint32_t* const order = unwrap(batch->order.data);
  const TileGrid rows(batch->rows, ld, 16, ld);
  may_join_ = false;
  stage(rows.count(), [=, divisor = batch->from.divisor, &k = kernels_](int tile, int step, float*) {
    const Tile t = rows[tile];
    for (int i = t.row; i < t.row + t.rows; ++i) {
      const std::size_t example = order[static_cast<std::ptrdiff_t>(step) * stride + i];
      k.divide_pixels(from + example * static_cast<std::size_t>(pixels.cols), divisor,
                      to + static_cast<std::ptrdiff_t>(i) * ld, pixels.cols);
    }
  });
  gathered_.emplace_back(*batch, Mat<const float>(Ptr<const float>(to), batch->rows, pixels.cols, ld));
  return gathered_.back().second;
}

}  // namespace duet::cpu
