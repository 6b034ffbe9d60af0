#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/figures/image_grid.h"
#include "report/scale.h"

namespace duet {
namespace {

// So many classes have a number in each cell, so many a cell that the pointer can meet; more are an image.
constexpr int most_with_numbers = 12, most_with_cells = 40;

double share(const Evaluation& e, int truth, int predicted) {
  const std::uint32_t examples = e.examples_of(truth);
  return examples == 0 ? 0 : static_cast<double>(e.count(truth, predicted)) / examples;
}

// Cube roots, so that a share of 0.001 can be seen beside one of 0.99.
double depth(double share) { return std::cbrt(share); }

// Of a cell's number. The depths are where the text's other colour stands out better; in the dark that is
// earlier than in the light.
std::string text_classes(double share, double side) {
  const char* size = side < 42 ? "tiny" : side < 70 ? "small" : "";
  const char* colour = share == 0 ? "soft" : depth(share) < 0.62 ? "" : depth(share) < 0.85 ? "half" : "on";
  return fmt::format("{} {}", size, colour);
}

void draw_cells(Svg& svg, Box box, const Evaluation& e, const std::vector<std::string>& class_names) {
  const double side = box.width / e.classes;
  const auto name = [&](int i) { return class_names[static_cast<std::size_t>(i)]; };
  for (int i = 0; i < e.classes; ++i) {
    for (int j = 0; j < e.classes; ++j) {
      const double part = share(e, i, j);
      const Box cell{box.x + j * side, box.y + i * side, side, side};
      svg.rectangle({cell.x + 0.5, cell.y + 0.5, side - 1, side - 1}, "cell f0",
                    fmt::format("{} taken for {}: {} of {} ({:.4f})", name(i), name(j), e.count(i, j),
                                e.examples_of(i), part),
                    depth(part));
      if (e.classes > most_with_numbers) continue;
      svg.text({cell.x + side / 2, cell.y + side / 2 + 3.5}, fmt::format("{:.4f}", part), Anchor::middle,
               text_classes(part, side));
    }
  }
  svg.rectangle(box, "frame");
}

std::uint8_t grey_of(double share) {
  return static_cast<std::uint8_t>(std::lround(255 * (1 - depth(share))));
}

// White to black, an image of a pixel for each cell.
void draw_image(Svg& svg, Box box, const Evaluation& e) {
  Picture picture{e.classes, e.classes, {}};
  for (int i = 0; i < e.classes; ++i) {
    for (int j = 0; j < e.classes; ++j) { picture.grey.push_back(grey_of(share(e, i, j))); }
  }
  svg.png(box, png_to_show(picture, 512), "rows: true class, columns: predicted");
  svg.rectangle(box, "frame");
}

}  // namespace

Svg draw_confusion(const Evaluation& e, const std::vector<std::string>& class_names) {
  const double most = e.classes <= 6 ? 100 : 50;  // where cells are large, there is room for names
  double widest = 0;
  for (const std::string& name : class_names) widest = std::max(widest, text_width(fitted(name, most)));
  const bool names = e.classes <= most_with_numbers;
  const double left = (names ? widest : text_width("000")) + 32, top = 66;
  const Box box{left, top, figure_width - left - 6, figure_width - left - 6};
  Svg svg(figure_width, box.bottom() + 44, "Normalized confusion matrix");
  svg.text({8, 20}, "Confusion matrix, normalized", Anchor::start, "title");
  svg.text({box.x + box.width / 2, 42}, "predicted class", Anchor::middle, "soft");
  svg.vertical_text({16, box.y + box.height / 2}, "true class");
  const double side = box.width / e.classes;
  const int stride = names ? 1 : label_stride(e.classes, box.width);
  for (int i = 0; i < e.classes; i += stride) {
    const std::string full = names ? class_names[static_cast<std::size_t>(i)] : std::to_string(i);
    svg.text({box.x + (i + 0.5) * side, top - 6}, names ? fitted(full, side) : full, Anchor::middle);
    svg.text({left - 6, box.y + (i + 0.5) * side + 4}, fitted(full, most), Anchor::end);
  }
  if (e.classes <= most_with_cells) {
    draw_cells(svg, box, e, class_names);
  } else {
    draw_image(svg, box, e);
  }
  // How deep a colour is.
  double x = box.x;
  svg.text({x, box.bottom() + 28}, "share:", Anchor::start, "soft");
  x += text_width("share:") + 4;
  for (const double part : {0.001, 0.01, 0.1, 0.5, 1.0}) {
    const std::string label = fmt::format("{}", part);
    const Box key{x, box.bottom() + 17, 14, 14};
    if (e.classes <= most_with_cells) {
      svg.rectangle(key, "f0", "", depth(part));
    } else {
      svg.png(key, encode_png({1, 1, {grey_of(part)}}));
    }
    svg.text({x + 18, box.bottom() + 28}, label, Anchor::start, "soft");
    x += 28 + text_width(label);
  }
  return svg;
}

}  // namespace duet
