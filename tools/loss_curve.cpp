#include "tools/loss_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace duet {
namespace {

constexpr std::size_t most_stretches = 512;

}  // namespace

void LossCurve::append(float loss) {
  if (stretches_.empty() || length_of_last_ == length_) {
    if (stretches_.size() == most_stretches) {
      for (std::size_t i = 0; i < most_stretches / 2; ++i) {
        const Stretch &first = stretches_[2 * i], &second = stretches_[2 * i + 1];
        stretches_[i] = {first.sum + second.sum, first.finite + second.finite};
      }
      stretches_.resize(most_stretches / 2);
      length_ *= 2;
    }
    stretches_.emplace_back();
    length_of_last_ = 0;
  }
  ++length_of_last_;
  if (!std::isfinite(loss)) return;
  stretches_.back().sum += double{loss};
  ++stretches_.back().finite;
}

std::vector<double> LossCurve::points(int most) const {
  const std::size_t stretches = stretches_.size();
  const std::size_t count = std::min(stretches, static_cast<std::size_t>(std::max(most, 0)));
  std::vector<double> means;
  for (std::size_t i = 0; i < count; ++i) {
    Stretch all;
    for (std::size_t j = i * stretches / count; j < (i + 1) * stretches / count; ++j) {
      all.sum += stretches_[j].sum;
      all.finite += stretches_[j].finite;
    }
    means.push_back(all.finite > 0 ? all.sum / static_cast<double>(all.finite)
                                   : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

std::string sparkline(const std::vector<double>& points, bool utf8) {
  constexpr std::array<std::string_view, 8> blocks = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                      "\u2585", "\u2586", "\u2587", "\u2588"};
  constexpr std::string_view ascii = "_.-~=+*#";
  double lowest = std::numeric_limits<double>::infinity(), highest = 0;
  for (const double point : points) {
    if (!(point > 0)) continue;  // a loss of zero is drawn as the lowest that is not
    lowest = std::min(lowest, point);
    highest = std::max(highest, point);
  }
  const double range = std::log(highest) - std::log(lowest);
  std::string text;
  for (const double point : points) {
    const double share = range > 0 && point > lowest ? (std::log(point) - std::log(lowest)) / range : 0;
    const auto level = static_cast<std::size_t>(std::lround(7 * share));
    text += std::isnan(point) ? " " : utf8 ? blocks[level] : ascii.substr(level, 1);
  }
  return text;
}

}  // namespace duet
