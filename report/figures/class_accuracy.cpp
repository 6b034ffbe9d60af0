#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "report/figures.h"
#include "report/plot_area.h"

namespace duet {
namespace {

struct Row {
  int examples_right, examples;
  double accuracy;
  Interval interval;
  std::string name;
};

std::vector<Row> sorted_rows(const Evaluation& evaluation, const std::vector<std::string>& class_names) {
  std::vector<Row> rows;
  for (int i = 0; i < evaluation.classes; ++i) {
    const std::uint32_t examples = evaluation.examples_of(i), right = evaluation.count(i, i);
    if (examples == 0) continue;
    rows.push_back({static_cast<int>(right), static_cast<int>(examples), evaluation.accuracy_of(i),
                    wilson_interval(right, examples), class_names[static_cast<std::size_t>(i)]});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.accuracy < b.accuracy; });
  return rows;
}

}  // namespace

Svg draw_class_accuracy(const Evaluation& evaluation, const std::vector<std::string>& class_names) {
  const std::vector<Row> rows = sorted_rows(evaluation, class_names);
  const auto count = static_cast<double>(rows.size());
  double lowest = 1, widest = 0;
  for (const Row& row : rows) {
    lowest = std::min(lowest, row.interval.low);
    widest = std::max(widest, text_width(fitted(row.name, 112)));
  }
  const double step = rows.size() <= 20 ? 22 : rows.size() <= 60 ? 14 : 4;
  const bool names = step >= 14;
  const double left = names ? 24 + widest : 32, top = 44;
  Svg svg(figure_width, top + count * step + 46, "Accuracy of each class with its 95 % interval");
  svg.text({8, 20}, "Accuracy per class, the lowest first", Anchor::start, "title");
  svg.text({8, 36}, "dot: accuracy on the test; line: its 95 % interval (Wilson)", Anchor::start,
           "soft small");
  const Limits limits = enclosing(lowest, 1, 5);
  const PlotArea area(svg, {left, top, figure_width - left - 62, std::max(count, 1.0) * step},
                      {.label = "accuracy", .low = limits.low, .high = 1, .about_ticks = 5},
                      {.label = "", .low = 0, .high = 1, .about_ticks = 0});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    const double y = top + (static_cast<double>(i) + 0.5) * step;
    svg.open_group("point", fmt::format("{}: {:.4f}, {} of {} right\n95 % interval {:.4f} to {:.4f}",
                                        row.name, row.accuracy, row.examples_right, row.examples,
                                        row.interval.low, row.interval.high));
    svg.rectangle({area.box().x, y - step / 2, area.box().width, step}, "hit");
    svg.line({area.at(row.interval.low, 0).x, y}, {area.at(row.interval.high, 0).x, y}, "line s0 thin");
    svg.circle({area.at(row.accuracy, 0).x, y}, names ? 4 : 1.8, "f0");
    svg.close_group();
    if (!names) continue;
    svg.text({left - 8, y + 4}, fitted(row.name, 112), Anchor::end);
    svg.text({figure_width - 8, y + 4}, fmt::format("{:.4f}", row.accuracy), Anchor::end, "soft");
  }
  return svg;
}

}  // namespace duet
