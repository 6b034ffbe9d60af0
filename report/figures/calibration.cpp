#include <fmt/format.h>

#include "report/figures.h"
#include "report/plot_area.h"
#include "report/scale.h"

namespace duet {
namespace {

Calibration calibrate(std::span<const TestPrediction> test) {
  std::vector<float> confidence;
  std::vector<bool> right;
  for (const TestPrediction& p : test) {
    confidence.push_back(p.probability);
    right.push_back(p.right());
  }
  return duet::calibrate(confidence, right);
}

}  // namespace

Svg draw_calibration(std::span<const TestPrediction> test) {
  const Calibration calibration = calibrate(test);
  Svg svg(figure_width, 390, "Reliability diagram: accuracy against confidence");
  svg.text({8, 20}, "Calibration", Anchor::start, "title");
  svg.text({8, 38}, fmt::format("expected calibration error {:.4f}", calibration.expected_error),
           Anchor::start, "soft");
  svg.text({8, 54}, "bar and dot: share that was right, at the mean confidence", Anchor::start, "soft small");
  svg.text({8, 68}, "dashed: perfectly calibrated; numbers: answers", Anchor::start, "soft small");
  const PlotArea area(svg, {62, 82, figure_width - 80, 260},
                      {.label = "confidence of the answer", .low = 0, .high = 1},
                      {.label = "share of right answers", .low = 0, .high = 1});
  for (const CalibrationBin& bin : calibration.bins) {
    const Point low = area.at(bin.low, 0), high = area.at(bin.high, bin.accuracy);
    const std::string range = fmt::format("confidence {:.1f} to {:.1f}: ", bin.low, bin.high);
    if (bin.count == 0) {
      svg.rectangle({low.x + 1, area.box().y, high.x - low.x - 2, area.box().height}, "hit",
                    range + "no answer");
      continue;
    }
    svg.open_group("point", range + fmt::format("{} answers\nmean confidence {:.4f}, right {:.4f}",
                                                grouped(bin.count), bin.confidence, bin.accuracy));
    svg.rectangle({low.x + 1, area.box().y, high.x - low.x - 2, area.box().height}, "hit");
    svg.rectangle({low.x + 1, high.y, high.x - low.x - 2, low.y - high.y}, "bar f0 pale");
    svg.circle(area.at(bin.confidence, bin.accuracy), 4, "f0");
    svg.text({(low.x + high.x) / 2, low.y - 5}, grouped(bin.count), Anchor::middle, "small soft");
    svg.close_group();
  }
  const Point corner = area.at(0, 0), opposite = area.at(1, 1);
  svg.line(corner, opposite, "mark");
  return svg;
}

}  // namespace duet
