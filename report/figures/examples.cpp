#include <fmt/format.h>

#include <algorithm>

#include "report/figures.h"
#include "report/figures/image_grid.h"

namespace duet {

Svg draw_examples(const LabelledImages& data, const std::vector<std::string>& class_names) {
  constexpr int most = 9, columns = 3;
  std::vector<GridImage> grid;
  for (int row = 0; row < std::min(most, data.images.count); ++row) {
    const std::string& name = class_names[data.labels[static_cast<std::size_t>(row)]];
    grid.push_back({row, {name}, fmt::format("row {}: {}", row, name)});
  }
  constexpr double top = 32;
  Svg svg(figure_width, top + grid_height(columns, data.images, grid),
          "The first examples with their labels");
  svg.text({8, 20}, "First examples", Anchor::start, "title");
  draw_image_grid(svg, top, columns, data.images, grid);
  return svg;
}

}  // namespace duet
