// Small images side by side, each with lines of text below.
#pragma once

#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/picture.h"
#include "report/svg.h"

namespace duet {

struct GridImage {
  int row = 0;  // of the images
  std::vector<std::string> captions;
  std::string title;  // under the pointer
};

// A PNG of the picture in about the size that it is seen in: less of a large one, and whole squares for the
// pixels of a small one, because librsvg 2.54 knows no image-rendering and would blur them.
std::vector<std::uint8_t> png_to_show(const Picture& picture, int side = 112);

// Below `top`; the figure must be as high as grid_height() says more.
void draw_image_grid(Svg& svg, double top, int columns, const Images& images,
                     const std::vector<GridImage>& grid);
double grid_height(int columns, const Images& images, const std::vector<GridImage>& grid);

}  // namespace duet
