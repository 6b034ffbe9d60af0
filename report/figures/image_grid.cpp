#include "report/figures/image_grid.h"

#include <algorithm>

#include "report/figures.h"

namespace duet {
namespace {

constexpr double margin = 8, gap = 10, caption_height = 15, most_side = 120;

struct Cell {
  double width, height;  // of the image
  double step_x, step_y;
};

Cell cell_of(int columns, const Images& images, const std::vector<GridImage>& grid) {
  const double available = (figure_width - 2 * margin - (columns - 1) * gap) / columns;
  const double scale = std::min(available, most_side) / std::max({1, images.width, images.height});
  const double width = scale * images.width, height = scale * images.height;
  const double captions =
      grid.empty() ? 0 : caption_height * static_cast<double>(grid.front().captions.size());
  return {width, height, available + gap, height + captions + 12};
}

}  // namespace

std::vector<std::uint8_t> png_to_show(const Picture& picture, int side) {
  const int larger = std::max(picture.height, picture.width);
  const int whole = side / larger;  // how many pixels a side one becomes
  const double scale = whole > 0 ? whole : static_cast<double>(side) / larger;
  const auto scaled = [&](int length) { return std::max(1, static_cast<int>(length * scale)); };
  return encode_png(scale_by_area(picture, scaled(picture.height), scaled(picture.width)));
}

double grid_height(int columns, const Images& images, const std::vector<GridImage>& grid) {
  const int rows = (static_cast<int>(grid.size()) + columns - 1) / columns;
  return rows * cell_of(columns, images, grid).step_y + margin;
}

void draw_image_grid(Svg& svg, double top, int columns, const Images& images,
                     const std::vector<GridImage>& grid) {
  const Cell cell = cell_of(columns, images, grid);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const auto column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
    const double centre = margin + column * cell.step_x + (cell.step_x - gap) / 2,
                 y = top + row * cell.step_y;
    const Box box{centre - cell.width / 2, y, cell.width, cell.height};
    const std::span<const std::uint8_t> pixels = images.image(grid[i].row);
    svg.png(box, png_to_show({images.height, images.width, {pixels.begin(), pixels.end()}}), grid[i].title);
    svg.rectangle(box, "frame");
    double line = box.bottom();
    for (std::size_t caption = 0; caption < grid[i].captions.size(); ++caption) {
      svg.text({centre, line += caption_height}, fitted(grid[i].captions[caption], cell.step_x - 2),
               Anchor::middle, caption == 0 ? "" : "soft");
    }
  }
}

}  // namespace duet
