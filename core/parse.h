// Strict parsing of what a user typed: the whole text, finite, in range, decimal. `what` names the value in
// the error ("--learning-rate"). All throw Error(usage).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duet {

template <class Number>
struct Range {
  Number low, high;                          // both allowed
  bool open_low = false, open_high = false;  // true: that end is not allowed itself

  bool holds(Number value) const {  // never a NaN
    return (open_low ? low < value : low <= value) && (open_high ? value < high : value <= high);
  }
};

// A leading zero is refused: "010" is 8 to some readers and 10 to others.
std::int64_t parse_integer(std::string_view text, Range<std::int64_t> range, std::string_view what);
double parse_real(std::string_view text, Range<double> range, std::string_view what);
// "700,500" -> {700, 500}: no empty element, no space. The range lies within that of int.
std::vector<int> parse_integers(std::string_view text, Range<std::int64_t> range, std::string_view what);

// The candidate nearest to `text` by edit distance, or "" when none is near enough to be a typing mistake.
// Upper and lower case count as the same; a candidate that `text` begins is near ("fashion" for
// "fashion-mnist").
std::string nearest(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace duet
