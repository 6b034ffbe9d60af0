#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/figures.h"
#include "report/figures/image_grid.h"

namespace duet {
namespace {

constexpr int most_units = 48, columns = 8;

std::span<const float> weights_of(const Layer& layer, int unit) {
  const auto inputs = static_cast<std::size_t>(layer.inputs);
  return std::span(layer.weight).subspan(static_cast<std::size_t>(unit) * inputs, inputs);
}

double length(std::span<const float> weights) {
  return std::sqrt(std::inner_product(weights.begin(), weights.end(), weights.begin(), 0.0));
}

std::vector<int> longest_units(const Layer& layer) {
  std::vector<double> lengths;
  lengths.reserve(static_cast<std::size_t>(layer.outputs));
  for (int unit = 0; unit < layer.outputs; ++unit) lengths.push_back(length(weights_of(layer, unit)));
  std::vector<int> units(lengths.size());
  std::iota(units.begin(), units.end(), 0);
  std::stable_sort(units.begin(), units.end(), [&](int a, int b) {
    return lengths[static_cast<std::size_t>(a)] > lengths[static_cast<std::size_t>(b)];
  });
  if (units.size() > most_units) units.erase(units.begin() + most_units, units.end());
  return units;
}

// Middle grey is 0, white the unit's largest size of a weight, black its negative.
Picture picture_of(std::span<const float> weights, int height, int width) {
  float largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(w));
  Picture picture{height, width, {}};
  for (const float w : weights) {
    picture.grey.push_back(
        static_cast<std::uint8_t>(largest == 0 ? 128 : std::lround(127.5F + 127.5F * w / largest)));
  }
  return picture;
}

}  // namespace

Svg draw_weights(const Model& model) {
  const Layer& first = model.layers.front();
  const std::vector<int> units = longest_units(first);
  constexpr double margin = 8, gap = 6, top = 52;
  constexpr double side = (figure_width - 2 * margin - (columns - 1) * gap) / columns;
  const double scale = side / std::max(model.width, model.height);
  const double width = scale * model.width, height = scale * model.height;
  const std::size_t rows = (units.size() + columns - 1) / columns;
  Svg svg(figure_width, top + static_cast<double>(rows) * (height + gap) + margin,
          "Weights of units of the first layer as images");
  svg.text({8, 20}, "Weights of the first layer", Anchor::start, "title");
  svg.text({8, 38},
           units.size() < static_cast<std::size_t>(first.outputs)
               ? fmt::format("the {} of {} units with the largest weights; white +, black −", units.size(),
                             first.outputs)
               : fmt::format("all {} units; white +, black −", units.size()),
           Anchor::start, "soft small");
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::span<const float> weights = weights_of(first, units[i]);
    const std::size_t row = i / columns, column = i % columns;
    const Box box{margin + static_cast<double>(column) * (side + gap) + (side - width) / 2,
                  top + static_cast<double>(row) * (height + gap), width, height};
    svg.png(box, png_to_show(picture_of(weights, model.height, model.width)),
            fmt::format("unit {}: length {:.3f}, bias {:.3f}", units[i], length(weights),
                        first.bias[static_cast<std::size_t>(units[i])]));
  }
  return svg;
}

}  // namespace duet
