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
  // One that needs two lines gives all of them two.
  const bool one_line = std::all_of(mistakes.begin(), mistakes.end(), [&](const TestPrediction& p) {
    return text_width(class_names[static_cast<std::size_t>(p.label)] + " → " +
                      class_names[static_cast<std::size_t>(p.predicted)]) < 66;
  });
  std::vector<GridImage> grid;
  for (const TestPrediction& p : mistakes) {
    const std::string& truth = class_names[static_cast<std::size_t>(p.label)];
    const std::string& guess = class_names[static_cast<std::size_t>(p.predicted)];
    std::vector<std::string> captions = one_line ? std::vector{fmt::format("{} → {}", truth, guess)}
                                                 : std::vector{truth, fmt::format("→ {}", guess)};
    captions.push_back(fmt::format("{:.4f}", p.probability));
    captions.push_back(fmt::format("row {}", p.row));
    grid.push_back({p.row, std::move(captions),
                    fmt::format("row {}: is {}, taken for {} with probability {:.6f}", p.row, truth, guess,
                                p.probability)});
  }
  Svg svg(figure_width, top + (grid.empty() ? 30 : grid_height(columns, images, grid)), "The worst mistakes");
  svg.text({8, 20}, "Worst mistakes", Anchor::start, "title");
  svg.text({8, 38}, "truth → answer, its probability, and the image's row in its file", Anchor::start,
           "soft small");
  if (grid.empty()) {
    svg.text({8, top + 12}, "There are none.");
    return svg;
  }
  draw_image_grid(svg, top, columns, images, grid);
  return svg;
}

}  // namespace duet
