#include "report/plot_area.h"

#include <algorithm>
#include <cmath>

namespace duet {
namespace {

std::vector<double> ticks_of(const Axis& axis) {
  std::vector<double> all = ticks(axis.low, axis.high, axis.about_ticks);
  if (axis.whole) std::erase_if(all, [](double tick) { return std::abs(tick - std::round(tick)) > 1e-6; });
  return all;
}

}  // namespace

PlotArea::PlotArea(Svg& svg, Box box, const Axis& x, const Axis& y)
    : box_(box), x_{x.low, x.high, box.x, box.right()}, y_{y.low, y.high, box.bottom(), box.y} {
  const std::vector<double> x_ticks = ticks_of(x), y_ticks = ticks_of(y);
  const std::vector<std::string> x_labels = tick_labels(x_ticks), y_labels = tick_labels(y_ticks);
  for (std::size_t i = 0; i < y_ticks.size(); ++i) {
    const double place = y_(y_ticks[i]);
    svg.line({box.x, place}, {box.right(), place}, "grid");
    svg.text({box.x - 6, place + 4}, y_labels[i], Anchor::end, "soft");
  }
  svg.line({box.x, box.bottom()}, {box.right(), box.bottom()}, "axis");
  for (std::size_t i = 0; i < x_ticks.size(); ++i) {
    const double place = x_(x_ticks[i]);
    svg.line({place, box.bottom()}, {place, box.bottom() + 4}, "axis");
    svg.text({place, box.bottom() + 17}, x_labels[i], Anchor::middle, "soft");
  }
  if (!x.label.empty()) {
    svg.text({box.x + box.width / 2, box.bottom() + 34}, x.label, Anchor::middle, "soft");
  }
  if (!y.label.empty()) {
    double widest = 0;
    for (const std::string& label : y_labels) widest = std::max(widest, text_width(label));
    svg.vertical_text({box.x - widest - 14, box.y + box.height / 2}, y.label);
  }
}

double draw_legend(Svg& svg, Point at, double width, const std::vector<LegendEntry>& entries) {
  constexpr double key = 22, gap = 16, row = 18;
  Point here = at;
  for (const LegendEntry& entry : entries) {
    const double needed = key + 6 + text_width(entry.name);
    if (here.x > at.x && here.x + needed > at.x + width) here = {at.x, here.y + row};
    svg.line({here.x, here.y - 4}, {here.x + key, here.y - 4}, entry.classes);
    svg.text({here.x + key + 6, here.y}, entry.name);
    here.x += needed + gap;
  }
  return here.y - at.y + row;
}

}  // namespace duet
