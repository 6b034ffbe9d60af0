// The losses of all steps so far, however many: as means of ever longer stretches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace duet {

class LossCurve {
 public:
  void append(float loss);
  // As many means as there are stretches, or `most` of equal numbers of them, the oldest first. NaN where no
  // loss was finite.
  std::vector<double> points(int most) const;

 private:
  struct Stretch {
    double sum = 0;
    std::int64_t finite = 0;  // losses
  };
  std::vector<Stretch> stretches_;
  std::int64_t length_ = 1, length_of_last_ = 1;  // in steps
};

// A character a point, from the lowest to the highest of them; the scale is logarithmic, because a loss falls
// by most of what it will in its first steps. UTF-8: U+2581 to U+2588; else eight characters of ASCII.
std::string sparkline(const std::vector<double>& points, bool utf8);

}  // namespace duet
