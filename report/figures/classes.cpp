#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "report/figures.h"
#include "report/plot_area.h"

namespace duet {
namespace {

constexpr double panel_height = 132, left = 62, right = 14;

// Names below the bars where there is room for all of them, else numbers of some.
void label_classes(Svg& svg, const Scale& x, double y, const std::vector<std::string>& class_names) {
  const double room = x(1) - x(0);
  double widest = 0;
  for (const std::string& name : class_names) widest = std::max(widest, text_width(name));
  const bool names = room >= std::min(widest, 42.0);
  const int stride = names ? 1 : label_stride(static_cast<int>(class_names.size()), x.to - x.from);
  for (std::size_t i = 0; i < class_names.size(); i += static_cast<std::size_t>(stride)) {
    svg.text({x(static_cast<double>(i)), y}, names ? fitted(class_names[i], room) : std::to_string(i),
             Anchor::middle, "soft");
  }
}

void draw_panel(Svg& svg, double top, const CountedPart& part, const std::vector<std::string>& class_names) {
  const auto classes = static_cast<double>(class_names.size());
  const long long total = std::accumulate(part.counts.begin(), part.counts.end(), 0LL);
  const int largest = std::max(1, *std::max_element(part.counts.begin(), part.counts.end()));
  svg.text({left, top + 10}, fmt::format("{}: {} examples", part.name, grouped(total)));
  const Box box{left, top + 30, figure_width - left - right, panel_height - 30 - 24};
  const Limits limits = enclosing(0, largest, 3);
  const PlotArea area(svg, box, {.label = "", .low = -0.5, .high = classes - 0.5, .about_ticks = 0},
                      {.label = "examples", .low = 0, .high = limits.high, .about_ticks = 3, .whole = true});
  const double width = 0.8 * box.width / classes;
  const bool numbers = classes <= 12;
  for (std::size_t i = 0; i < class_names.size(); ++i) {
    const int count = part.counts[i];
    const Point tip = area.at(static_cast<double>(i), count);
    svg.rectangle({tip.x - width / 2, tip.y, width, box.bottom() - tip.y}, "bar f0",
                  fmt::format("{}: {} of {} ({:.2f} %)", class_names[i], grouped(count), grouped(total),
                              total == 0 ? 0.0 : 100.0 * count / static_cast<double>(total)));
    if (numbers) svg.text({tip.x, tip.y - 3}, std::to_string(count), Anchor::middle, "small soft");
  }
  label_classes(svg, {-0.5, classes - 0.5, box.x, box.right()}, box.bottom() + 15, class_names);
}

}  // namespace

std::vector<int> count_labels(std::span<const std::uint8_t> labels, int classes) {
  std::vector<int> counts(static_cast<std::size_t>(classes));
  for (const std::uint8_t label : labels) ++counts[label];
  return counts;
}

Svg draw_classes(std::span<const CountedPart> parts, const std::vector<std::string>& class_names) {
  constexpr double top = 34;
  Svg svg(figure_width, top + panel_height * static_cast<double>(parts.size()), "Examples of each class");
  svg.text({8, 20}, "Classes", Anchor::start, "title");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    draw_panel(svg, top + panel_height * static_cast<double>(i), parts[i], class_names);
  }
  return svg;
}

}  // namespace duet
