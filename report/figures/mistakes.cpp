#include <fmt/format.h>

#include <algorithm>

#include "report/figures.h"
#include "report/figures/image_grid.h"

namespace duet {

std::vector<TestPrediction> worst_mistakes(std::span<const TestPrediction> test, int most) {
  std::vector<TestPrediction> wrong;
  for (const TestPrediction& p : test) {
    if (!p.right()) wrong.push_back(p);
  }
  std::stable_sort(wrong.begin(), wrong.end(), [](const TestPrediction& a, const TestPrediction& b) {
    return a.probability > b.probability;
  });
  wrong.resize(std::min(wrong.size(), static_cast<std::size_t>(most)));
  return wrong;
}

Svg draw_mistakes(std::span<const TestPrediction> mistakes, const Images& images,
                  const std::vector<std::string>& class_names) {
  constexpr int columns = 6;
  constexpr double top = 52;
  std::vector<GridImage> grid;
  for (const TestPrediction& p : mistakes) {
    const std::string& truth = class_names[static_cast<std::size_t>(p.label)];
    const std::string& guess = class_names[static_cast<std::size_t>(p.predicted)];
    const bool narrow = text_width(truth + " → " + guess) < 60;
    std::vector<std::string> captions = narrow ? std::vector<std::string>{truth + " → " + guess}
                                               : std::vector<std::string>{truth, "→ " + guess};
    captions.push_back(fmt::format("{:.4f}", p.probability));
    captions.push_back(fmt::format("row {}", p.row));
    grid.push_back({p.row, std::move(captions),
                    fmt::format("row {}: is {}, taken for {} with probability {:.6f}", p.row, truth, guess,
                                p.probability)});
  }
  // One that needs two lines gives all of them two.
  const auto longest = std::max_element(grid.begin(), grid.end(), [](const GridImage& a, const GridImage& b) {
    return a.captions.size() < b.captions.size();
  });
  if (longest != grid.end()) {
    for (GridImage& image : grid) image.captions.resize(longest->captions.size());
  }
  Svg svg(figure_width, top + (grid.empty() ? 30 : grid_height(columns, images, grid)), "The worst mistakes");
  svg.text({8, 20}, "Worst mistakes", Anchor::start, "title");
  svg.text({8, 38}, "truth → answer, its probability, and the image's row in the test file", Anchor::start,
           "soft small");
  if (grid.empty()) {
    svg.text({8, top + 12}, "There are none.");
    return svg;
  }
  draw_image_grid(svg, top, columns, images, grid);
  return svg;
}

}  // namespace duet
