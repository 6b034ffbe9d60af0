// The block of lines on a terminal that shows a training while it runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "tools/loss_curve.h"
#include "tools/terminal.h"

namespace duet {

struct LiveState {
  int epoch, epochs;                       // `epoch`, from 0, is in progress
  int steps_done, steps;                   // of it
  std::optional<Metrics> train = {};       // of it, as far as it came
  std::optional<Metrics> validation = {};  // of the last epoch
  double examples_per_second = 0;          // 0: not known
  std::optional<double> seconds_left = {};
};

struct LiveStyle {
  TerminalSize size;
  bool colour, utf8;
};

struct LiveLine {
  std::string text;
  int columns;  // that it takes, at least one fewer than there are: not every terminal leaves a full line
                // alike
};

std::vector<LiveLine> live_lines(const LiveState& state, const LossCurve& losses, const LiveStyle& style);

// "12 s", "3 min 20 s", "2 h 05 min"
std::string time_text(double seconds);

std::string loss_text(double loss);

// What is drawn on standard error, if anything. The cursor waits below it, at the start of a line.
class LiveBlock {
 public:
  LiveBlock() = default;
  ~LiveBlock() { erase(); }
  LiveBlock(const LiveBlock&) = delete;
  LiveBlock& operator=(const LiveBlock&) = delete;

  bool is_drawn() const { return !widths_.empty(); }
  void draw(const std::vector<LiveLine>& lines);  // in the place of what is there
  void erase();
  void forget() { widths_.clear(); }  // it is left behind, as text

 private:
  std::string back_to_its_start() const;

  std::vector<int> widths_;  // of its lines
};

}  // namespace duet
