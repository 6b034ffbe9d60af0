#include "core/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace duet {
namespace {

// "1 to 65536", "above 0", "at least 0 and below 1": what an error says after a number that is out of range.
template <class Number>
std::string describe(const Range<Number>& range) {
  using Limits = std::numeric_limits<Number>;
  const bool unbounded = Limits::has_infinity ? range.high > Limits::max() : range.high == Limits::max();
  if (!unbounded && !range.open_low && !range.open_high)
    return fmt::format("{} to {}", range.low, range.high);
  std::string low = fmt::format("{} {}", range.open_low ? "above" : "at least", range.low);
  if (unbounded) return low;
  return fmt::format("{} and {} {}", low, range.open_high ? "below" : "at most", range.high);
}

template <class Number>
Number require_in_range(Number value, const Range<Number>& range, std::string_view text,
                        std::string_view what) {
  if (!range.holds(value)) fail(ErrorKind::usage, "{}: {} is out of range ({})", what, text, describe(range));
  return value;
}

bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

// Edits (insert, delete, replace, swap two neighbours) that turn a into b, letters in lower case.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace

std::int64_t parse_integer(std::string_view text, Range<std::int64_t> range, std::string_view what) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::invalid_argument || stop != end)
    fail(ErrorKind::usage, "{}: '{}' is not a whole number", what, text);
  if (has_leading_zero(text))
    fail(ErrorKind::usage, "{}: '{}' begins with a zero; write a decimal number without it", what, text);
  if (error == std::errc::result_out_of_range)
    fail(ErrorKind::usage, "{}: {} is out of range ({} to {})", what, text, range.low, range.high);
  return require_in_range(value, range, text, what);
}

double parse_real(std::string_view text, Range<double> range, std::string_view what) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::invalid_argument || stop != end)
    fail(ErrorKind::usage, "{}: '{}' is not a number", what, text);
  if (error == std::errc::result_out_of_range)
    fail(ErrorKind::usage, "{}: '{}' is beyond the range of double precision", what, text);
  if (!std::isfinite(value)) fail(ErrorKind::usage, "{}: '{}' is not a finite number", what, text);
  return require_in_range(value, range, text, what);
}

std::vector<int> parse_integers(std::string_view text, Range<std::int64_t> range, std::string_view what) {
  std::vector<int> values;
  for (std::size_t first = 0; first <= text.size();) {
    const std::size_t comma = std::min(text.find(',', first), text.size());
    if (comma == first) fail(ErrorKind::usage, "{}: '{}' has an empty element", what, text);
    values.push_back(static_cast<int>(parse_integer(text.substr(first, comma - first), range, what)));
    first = comma + 1;
  }
  return values;
}

std::string nearest(std::string_view text, const std::vector<std::string>& candidates) {
  const std::string typed = lower_case(text);
  std::string best;
  std::size_t least =
      (typed.size() + 2) / 3 + 1;  // one edit for every three letters is still a typing mistake
  for (const std::string& candidate : candidates) {
    const std::string name = lower_case(candidate);
    const bool begun = typed.size() >= 3 && name.starts_with(typed);
    const std::size_t edits =
        begun ? std::min<std::size_t>(1, edit_distance(typed, name)) : edit_distance(typed, name);
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

}  // namespace duet
