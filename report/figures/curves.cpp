#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/figures.h"
#include "report/plot_area.h"
#include "report/run.h"

namespace duet {
namespace {

// More points than these are no more to be seen: a chart is 400 pixels wide.
constexpr std::size_t most_points = 1000, most_under_pointer = 200;

std::size_t count_epochs(const CurveChart& chart) {
  std::size_t epochs = 0;
  for (const Curve& curve : chart.curves) epochs = std::max(epochs, curve.values.size());
  return epochs;
}

std::size_t stride_for(std::size_t count, std::size_t most) {
  return count <= most ? 1 : (count + most - 1) / most;
}

std::string classes_of(const Curve& curve) {
  return fmt::format("line s{}{}", curve.colour % 6, curve.dashed ? " dashed" : "");
}

// Broken where a value is missing; a point alone between two gaps is a dot.
void draw_curve(Svg& svg, const PlotArea& area, const Curve& curve) {
  std::vector<Point> piece;
  const auto end_piece = [&] {
    if (piece.size() > 1) svg.polyline(piece, classes_of(curve));
    if (piece.size() == 1) svg.circle(piece.front(), 3, fmt::format("f{}", curve.colour % 6));
    piece.clear();
  };
  const std::size_t stride = stride_for(curve.values.size(), most_points);
  for (std::size_t epoch = 0; epoch < curve.values.size(); epoch += stride) {
    if (std::isfinite(curve.values[epoch])) {
      piece.push_back(area.at(static_cast<double>(epoch), curve.values[epoch]));
    } else {
      end_piece();
    }
  }
  end_piece();
}

std::string values_at(const CurveChart& chart, std::size_t epoch) {
  std::string text = fmt::format("epoch {}", epoch);
  for (const Curve& curve : chart.curves) {
    if (epoch >= curve.values.size()) continue;
    const double value = curve.values[epoch];
    text += fmt::format("\n{}: {}", curve.name, std::isfinite(value) ? fmt::format("{:.4f}", value) : "none");
  }
  return text;
}

// What the pointer meets: a band for each epoch, with its values.
void draw_bands(Svg& svg, const PlotArea& area, const CurveChart& chart, std::size_t epochs) {
  const std::size_t stride = stride_for(epochs, most_under_pointer);
  const Box box = area.box();
  const double half = static_cast<double>(stride) / 2;
  for (std::size_t epoch = 0; epoch < epochs; epoch += stride) {
    const auto centre = static_cast<double>(epoch);
    const double left = std::max(box.x, area.at(centre - half, 0).x);
    const double right = std::min(box.right(), area.at(centre + half, 0).x);
    svg.open_group("point", values_at(chart, epoch));
    svg.rectangle({left, box.y, right - left, box.height}, "hit");
    const double x = area.at(centre, 0).x;
    svg.line({x, box.y}, {x, box.bottom()}, "mark seen");
    for (const Curve& curve : chart.curves) {
      if (epoch >= curve.values.size() || !std::isfinite(curve.values[epoch])) continue;
      svg.circle(area.at(centre, curve.values[epoch]), 3.5, fmt::format("seen f{}", curve.colour % 6));
    }
    svg.close_group();
  }
}

Limits limits_of(const CurveChart& chart) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Curve& curve : chart.curves) {
    for (const double value : curve.values) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (low > high) low = 0, high = 1;  // nothing to draw
  return enclosing(chart.from_zero ? std::min(low, 0.0) : low, high, 5);
}

std::vector<double> values(std::span<const EpochReport> history, double (*of)(const EpochReport&)) {
  std::vector<double> all;
  for (const EpochReport& epoch : history) all.push_back(of(epoch));
  return all;
}

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

Svg draw_history(std::span<const EpochReport> history, CurveChart chart, std::vector<double> train,
                 std::vector<double> validation) {
  chart.curves.push_back({.name = "training", .values = std::move(train), .colour = 0, .dashed = false});
  chart.best_epoch = best_epoch(history);
  if (chart.best_epoch >= 0) {
    chart.curves.push_back(
        {.name = "validation", .values = std::move(validation), .colour = 1, .dashed = true});
  }
  return draw_curves(chart);
}

}  // namespace

Svg draw_curves(const CurveChart& chart) {
  const std::size_t epochs = count_epochs(chart);
  Svg svg(figure_width, 310, fmt::format("{}: {} against epochs", chart.title, chart.quantity));
  svg.text({8, 20}, chart.title, Anchor::start, "title");
  std::vector<LegendEntry> legend;
  legend.reserve(chart.curves.size());
  for (const Curve& curve : chart.curves)
    legend.push_back({fitted(curve.name, figure_width - 108), classes_of(curve)});
  const double head = 50 + draw_legend(svg, {62, 40}, figure_width - 80, legend);
  const Limits limits = limits_of(chart);
  const Axis x{.label = "epoch",
               .low = epochs > 1 ? 0.0 : -0.5,
               .high = epochs > 1 ? static_cast<double>(epochs - 1) : 0.5,
               .about_ticks = 8,
               .whole = true};
  const Axis y{.label = chart.quantity, .low = limits.low, .high = limits.high};
  const PlotArea area(svg, {62, head, figure_width - 80, 310 - head - 44}, x, y);
  if (chart.best_epoch >= 0) {
    const double at = area.at(chart.best_epoch, 0).x;
    svg.line({at, area.box().y - 4}, {at, area.box().bottom()}, "mark");
    svg.text({at, area.box().y - 5}, fmt::format("best epoch: {}", chart.best_epoch),
             at > area.box().x + area.box().width / 2 ? Anchor::end : Anchor::start, "soft");
  }
  for (const Curve& curve : chart.curves) draw_curve(svg, area, curve);
  draw_bands(svg, area, chart, epochs);
  return svg;
}

Svg draw_loss(std::span<const EpochReport> history) {
  return draw_history(
      history, {.title = "Loss", .quantity = "loss", .curves = {}, .best_epoch = -1, .from_zero = true},
      values(history, [](const EpochReport& e) { return e.train.loss; }),
      values(history, [](const EpochReport& e) { return e.validation ? e.validation->loss : nothing; }));
}

Svg draw_accuracy(std::span<const EpochReport> history) {
  return draw_history(
      history,
      {.title = "Accuracy", .quantity = "accuracy", .curves = {}, .best_epoch = -1, .from_zero = false},
      values(history, [](const EpochReport& e) { return e.train.accuracy; }),
      values(history, [](const EpochReport& e) { return e.validation ? e.validation->accuracy : nothing; }));
}

}  // namespace duet
