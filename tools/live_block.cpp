#include "tools/live_block.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "tools/console.h"

namespace duet {
namespace {

struct Item {
  std::string label, value, unit;  // any of them may be empty
};

std::string dim(const std::string& text, bool colour) {
  return colour && !text.empty() ? "\x1b[2m" + text + "\x1b[22m" : text;
}

// Items side by side, on as many lines as they need. One that is too long loses its label, and if need be
// all of it: a number that is cut is another number.
class Rows {
 public:
  explicit Rows(const LiveStyle& style) : columns_(style.size.columns - 1), colour_(style.colour) {}

  void add(const std::vector<Item>& group) {
    bool is_first = true;
    for (Item item : group) {
      if (width(item) > columns_) item.label.clear();
      if (width(item) > columns_ || width(item) < 1) continue;
      if (is_first || lines_.back().columns + gap + width(item) > columns_) {
        lines_.push_back({.text = {}, .columns = 0});
      } else {
        lines_.back().text.append(gap, ' ');
        lines_.back().columns += gap;
      }
      append(item);
      is_first = false;
    }
  }
  std::vector<LiveLine> lines() && { return std::move(lines_); }

 private:
  static constexpr int gap = 2;

  static int width(const Item& item) {
    int columns = -1;
    for (const std::string* part : {&item.label, &item.value, &item.unit}) {
      if (!part->empty()) columns += static_cast<int>(part->size()) + 1;
    }
    return columns;
  }
  void append(const Item& item) {
    std::string text;
    for (const std::string& part : {dim(item.label, colour_), item.value, dim(item.unit, colour_)}) {
      if (!part.empty()) text += (text.empty() ? "" : " ") + part;
    }
    lines_.back().text += text;
    lines_.back().columns += width(item);
  }

  int columns_;
  bool colour_;
  std::vector<LiveLine> lines_;
};

std::vector<Item> items_of(const std::string& name, const Metrics& metrics) {
  return {{.label = name, .value = {}, .unit = {}},
          {.label = "loss", .value = loss_text(metrics.loss_of_batches), .unit = {}},
          {.label = "accuracy", .value = fmt::format("{:.4f}", metrics.accuracy_of_batches), .unit = {}}};
}

}  // namespace

std::string time_text(double seconds) {
  const auto s = static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, 1e9)));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

std::string loss_text(double loss) {
  return std::abs(loss) < 1e4 ? fmt::format("{:.4f}", loss) : fmt::format("{:.3g}", loss);
}

std::vector<LiveLine> live_lines(const LiveState& state, const LossCurve& losses, const LiveStyle& style) {
  Rows rows(style);
  std::vector<Item> where = {
      {.label = "epoch", .value = fmt::format("{}/{}", state.epoch + 1, state.epochs), .unit = {}},
      {.label = "step", .value = fmt::format("{}/{}", state.steps_done, state.steps), .unit = {}}};
  if (state.seconds_left) {
    where.push_back({.label = "left", .value = time_text(*state.seconds_left), .unit = {}});
  }
  if (state.examples_per_second > 0) {
    where.push_back(
        {.label = {}, .value = fmt::format("{:.0f}", state.examples_per_second), .unit = "examples/s"});
  }
  rows.add(where);
  if (state.train) rows.add(items_of("training", *state.train));
  if (state.validation) rows.add(items_of("validation", *state.validation));
  std::vector<LiveLine> lines = std::move(rows).lines();

  const std::vector<double> points = losses.points(style.size.columns - 1);
  if (!points.empty()) {
    const std::string curve = sparkline(points, style.utf8);
    lines.push_back({.text = style.colour ? "\x1b[36m" + curve + "\x1b[39m" : curve,
                     .columns = static_cast<int>(points.size())});
  }
  // The cursor has a line of its own, and what has scrolled away cannot be erased.
  lines.resize(std::min(lines.size(), static_cast<std::size_t>(std::max(style.size.rows - 1, 0))));
  return lines;
}

// A terminal that has become narrower since has made several lines of one.
std::string LiveBlock::back_to_its_start() const {
  const int columns = terminal_size(STDERR_FILENO).columns;
  int rows = 0;
  for (const int width : widths_) rows += std::max(1, (width + columns - 1) / columns);
  return rows > 0 ? fmt::format("\r\x1b[{}A", rows) : "\r";
}

void LiveBlock::draw(const std::vector<LiveLine>& lines) {
  std::string text = back_to_its_start();
  widths_.clear();
  for (const LiveLine& line : lines) {
    text += line.text + "\x1b[K\n";
    widths_.push_back(line.columns);
  }
  write_talk(text + "\x1b[J");
}

void LiveBlock::erase() {
  if (is_drawn()) write_talk(back_to_its_start() + "\x1b[J");
  forget();
}

}  // namespace duet
