// The part of a figure that has axes: what is left of it when their labels have their room.
#pragma once

#include <string>
#include <vector>

#include "report/scale.h"
#include "report/svg.h"

namespace duet {

struct Axis {
  std::string label;  // with its unit
  double low = 0, high = 1;
  int about_ticks = 5;
  bool whole = false;  // ticks at whole numbers alone
};

class PlotArea {
 public:
  // Draws the grid, ticks and labels of both axes; `box` is where the data goes.
  PlotArea(Svg& svg, Box box, const Axis& x, const Axis& y);

  Point at(double x, double y) const { return {x_(x), y_(y)}; }
  const Box& box() const { return box_; }

 private:
  Box box_;
  Scale x_, y_;
};

struct LegendEntry {
  std::string name;
  std::string classes;  // of its line
};
// In one row from `at`, or more where it is too long for `width`; returns the height that it takes.
double draw_legend(Svg& svg, Point at, double width, const std::vector<LegendEntry>& entries);

}  // namespace duet
