#include "report/test_predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <string_view>

#include "core/data/file.h"
#include "core/error.h"
#include "core/parse.h"

namespace duet {
namespace {

constexpr std::string_view header = "row,label,predicted,probability";
constexpr std::size_t fields = 4;

// The lines of a file, one after the other, with what an error says of where it is.
class Lines {
 public:
  Lines(const std::filesystem::path& file, std::string_view text) : file_(file), rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view next() {
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == rest_.npos) fail(ErrorKind::data, "{} is cut off", where());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  std::string where() const { return fmt::format("{}: line {}", file_.string(), number_); }

 private:
  std::filesystem::path file_;
  std::string_view rest_;
  int number_ = 0;
};

std::array<std::string_view, fields> split_line(std::string_view line, const Lines& lines) {
  if (line.find_first_not_of("0123456789.e+-,") != line.npos) {
    fail(ErrorKind::data, "{} holds something else than numbers", lines.where());
  }
  std::array<std::string_view, fields> parts;
  for (std::size_t i = 0; i < fields; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == line.npos) != (i + 1 == fields)) {
      fail(ErrorKind::data, "{} does not have {} fields", lines.where(), fields);
    }
    parts[i] = line.substr(0, comma);
    if (comma != line.npos) line.remove_prefix(comma + 1);
  }
  return parts;
}

TestPrediction parse_line(std::string_view line, int classes, const Lines& lines) {
  const auto parts = split_line(line, lines);
  const auto integer = [&](std::size_t field, std::int64_t largest, std::string_view name) {
    return static_cast<int>(
        parse_integer(parts[field], {0, largest}, fmt::format("{}: {}", lines.where(), name)));
  };
  try {
    return {.row = integer(0, std::numeric_limits<int>::max(), "row"),
            .label = integer(1, classes - 1, "label"),
            .predicted = integer(2, classes - 1, "predicted"),
            .probability = static_cast<float>(
                parse_real(parts[3], {0, 1}, fmt::format("{}: probability", lines.where())))};
  } catch (const Error& error) { fail(ErrorKind::data, "{}", error.what()); }  // the parser's are the user's
}

}  // namespace

std::vector<TestPrediction> test_predictions(const Split& rows, std::span<const std::uint8_t> labels,
                                             std::span<const Answer> answers) {
  std::vector<TestPrediction> predictions;
  predictions.reserve(answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const int row = rows.first + static_cast<int>(i);
    predictions.push_back({.row = row,
                           .label = labels[static_cast<std::size_t>(row)],
                           .predicted = answers[i].predicted,
                           .probability = answers[i].probability});
  }
  return predictions;
}

std::uint64_t count_right(std::span<const TestPrediction> predictions) {
  return static_cast<std::uint64_t>(std::ranges::count_if(predictions, &TestPrediction::right));
}

std::string to_csv(std::span<const TestPrediction> predictions) {
  std::string csv = fmt::format("{}\n", header);
  for (const TestPrediction& p : predictions) {
    fmt::format_to(std::back_inserter(csv), "{},{},{},{}\n", p.row, p.label, p.predicted, p.probability);
  }
  return csv;
}

std::vector<TestPrediction> read_test_predictions(const std::filesystem::path& file, int classes) {
  const Bytes bytes = read_regular_file(file);
  Lines lines(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (lines.at_end() || lines.next() != header) {
    fail(ErrorKind::data, "{} does not begin with the line {}", file.string(), header);
  }
  std::vector<TestPrediction> predictions;
  while (!lines.at_end()) {
    const TestPrediction next = parse_line(lines.next(), classes, lines);
    if (!predictions.empty() && next.row <= predictions.back().row) {
      fail(ErrorKind::data, "{}: row {} does not come after row {}", lines.where(), next.row,
           predictions.back().row);
    }
    predictions.push_back(next);
  }
  if (predictions.empty()) fail(ErrorKind::data, "{} holds no predictions", file.string());
  return predictions;
}

}  // namespace duet
