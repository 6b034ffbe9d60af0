#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/plot_area.h"

namespace duet {
namespace {

struct Function {
  const char* name;
  const char* formula;
  double (*value)(double);
  Limits range;
};

void draw_function(Svg& svg, Box box, const Function& f, int colour) {
  constexpr double most = 5;
  constexpr int steps = 100;
  svg.text({box.x, box.y - 26}, f.name);
  svg.text({box.x, box.y - 10}, f.formula, Anchor::start, "soft small");
  const PlotArea area(svg, box, {.label = "z", .low = -most, .high = most, .about_ticks = 5},
                      {.label = "", .low = f.range.low, .high = f.range.high, .about_ticks = 5});
  std::vector<Point> points;
  for (int i = 0; i <= steps; ++i) {
    const double z = -most + 2 * most * i / steps;
    points.push_back(area.at(z, f.value(z)));
  }
  svg.polyline(points, fmt::format("line s{}", colour));
  for (int z = -static_cast<int>(most); z <= static_cast<int>(most); ++z) {
    svg.open_group("point", fmt::format("z = {}: {:.4f}", z, f.value(z)));
    const Point at = area.at(z, f.value(z));
    svg.rectangle({std::max(box.x, at.x - box.width / 20), box.y, box.width / 10, box.height}, "hit");
    svg.circle(at, 3.5, fmt::format("seen f{}", colour));
    svg.close_group();
  }
}

}  // namespace

Svg draw_activations() {
  const Function relu{"ReLU: hidden layers", "max(z, 0)", [](double z) { return std::max(z, 0.0); }, {0, 5}};
  const Function softmax{"softmax: last layer",
                         "1 / (1 + exp(−z)), beside 0",
                         [](double z) { return 1 / (1 + std::exp(-z)); },
                         {0, 1}};
  Svg svg(figure_width, 262, "The activation functions ReLU and softmax");
  svg.text({8, 20}, "Activation functions", Anchor::start, "title");
  draw_function(svg, {32, 72, 160, 146}, relu, 0);
  draw_function(svg, {244, 72, 160, 146}, softmax, 1);
  return svg;
}

}  // namespace duet
