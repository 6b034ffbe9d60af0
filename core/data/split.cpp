#include "core/data/split.h"

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "core/parse.h"

namespace duet {
namespace {

// An expression taken apart: PART or PART[FROM:TO], where FROM and TO may be empty.
struct Expression {
  Part part;
  std::string_view from, to;
};

Expression take_apart(std::string_view text, std::string_view what) {
  const std::size_t bracket = std::min(text.find('['), text.size());
  const std::string_view name = text.substr(0, bracket);
  if (name != name_of(Part::train) && name != name_of(Part::test)) {
    const std::string meant = nearest(name, {"train", "test"});
    fail(ErrorKind::usage, "{}: '{}' names no part of a data set; {}", what, text,
         meant.empty() ? "write train or test, perhaps with a slice, as in train[10000:]"
                       : fmt::format("did you mean '{}{}'?", meant, text.substr(bracket)));
  }
  Expression expression{name == name_of(Part::train) ? Part::train : Part::test, {}, {}};
  if (bracket == text.size()) return expression;
  const std::string_view slice = text.substr(bracket + 1);
  const std::size_t colon = slice.find(':');
  if (!slice.ends_with(']') || colon == std::string_view::npos)
    fail(ErrorKind::usage,
         "{}: '{}' is not a split; write it as train, train[10000:], train[:10%] or train[100:200]", what,
         text);
  expression.from = slice.substr(0, colon);
  expression.to = slice.substr(colon + 1, slice.size() - colon - 2);
  return expression;
}

// "10000" is that row; "10%" the row nearest to a tenth of them.
std::int64_t parse_row(std::string_view bound, std::int64_t available, const std::string& what) {
  if (!bound.ends_with('%')) return parse_integer(bound, {0, std::numeric_limits<std::int64_t>::max()}, what);
  bound.remove_suffix(1);
  return (parse_integer(bound, {0, 100}, what) * available + 50) / 100;
}

}  // namespace

Part part_of(std::string_view expression, std::string_view what) {
  const Expression parts = take_apart(expression, what);
  for (const std::string_view bound : {parts.from, parts.to})
    if (!bound.empty()) parse_row(bound, 0, fmt::format("{} '{}'", what, expression));
  return parts.part;
}

Split parse_split(std::string_view expression, int available, std::string_view what) {
  const Expression parts = take_apart(expression, what);
  const std::string where = fmt::format("{} '{}'", what, expression);
  const std::int64_t first = parts.from.empty() ? 0 : parse_row(parts.from, available, where);
  const std::int64_t last = parts.to.empty() ? available : parse_row(parts.to, available, where);
  if (first > available || last > available)
    fail(ErrorKind::usage, "{}: '{}' is out of range: {} has {} examples", what, expression,
         name_of(parts.part), available);
  if (first >= last)
    fail(ErrorKind::usage, "{}: '{}' is empty: it goes from row {} to row {}", what, expression, first, last);
  return {parts.part, static_cast<int>(first), static_cast<int>(last - first)};
}

std::string to_string(const Split& split) {
  return fmt::format("{}[{}:{}]", name_of(split.part), split.first, split.first + split.count);
}

}  // namespace duet
