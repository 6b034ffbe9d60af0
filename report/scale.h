// From values to places, and the values that an axis is labelled with.
#pragma once

#include <string>
#include <vector>

namespace duet {

struct Scale {
  double low = 0, high = 1;   // values
  double from = 0, to = 100;  // where they lie
  double operator()(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

// Multiples of 1, 2 or 5 times a power of ten between low and high, about so many. Needs low < high, both
// finite.
std::vector<double> ticks(double low, double high, int about);

// The smallest multiples of a tick's distance that enclose both.
struct Limits {
  double low = 0, high = 1;
};
Limits enclosing(double low, double high, int about_ticks);

// Each tick with the digits that tell it from the next.
std::vector<std::string> tick_labels(const std::vector<double>& ticks);

// Every how many of `count` numbers from 0 on have room for themselves on `length` pixels: 1, 2, 5, 10 ...
int label_stride(int count, double length);

// 12345 as "12,345".
std::string grouped(long long number);

}  // namespace duet
