#include "tools/progress_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "tools/console.h"

namespace duet {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds interval{0.1};  // between two drawings
// Of the run's time, what drawing may take: with what the trainer does for a watch that looks, less than the
// 0.5 % that are promised.
constexpr double share = 0.003;

std::string metrics_text(const Metrics& metrics) {
  return fmt::format("loss {}, accuracy {:.4f}", loss_text(metrics.loss_of_batches),
                     metrics.accuracy_of_batches);
}

}  // namespace

ProgressView::ProgressView(const TrainOptions& options)
    : epochs_(options.epochs),
      shows_(options.quiet || options.progress == "none" ? Shows::nothing
             : options.progress == "plain"               ? Shows::line
             : is_terminal(STDERR_FILENO)                ? Shows::block
                                                         : Shows::nothing),
      shares_terminal_(options.json || isatty(STDOUT_FILENO) == 1) {}

void ProgressView::between_slices(Trainer& trainer, const Progress& progress) {
  if (!is_due()) return;
  const Clock::time_point start = Clock::now();
  const std::span<const Result> known = trainer.known_results();
  take_in(known);
  draw(progress.epoch, known, progress.steps);
  spent_ += Clock::now() - start;
}

void ProgressView::make_way() {
  if (!shares_terminal_ || !block_.is_drawn()) return;
  const Clock::time_point start = Clock::now();
  erase();
  spent_ += Clock::now() - start;
}

void ProgressView::epoch(const EpochReport& report, std::span<const Result> results) {
  const int done = report.epoch + 1;
  if (shows_ == Shows::line) {
    const std::string validation =
        report.validation ? ", validation " + metrics_text(*report.validation) : std::string();
    talk("epoch {}/{}: {}{}, {:.0f} examples/s, {:.2f} s, {} left\n", done, epochs_,
         metrics_text(report.train), validation, report.examples_per_second, report.seconds,
         time_text(seconds_left(done)));
  }
  if (shows_ != Shows::block) return;
  const Clock::time_point start = Clock::now();
  take_in(results);
  taken_in_ = 0;
  last_ = report;
  start_of_epoch_ = start;
  if (done < epochs_ && is_due()) draw(done, {}, static_cast<int>(results.size()));
  spent_ += Clock::now() - start;
}

void ProgressView::take_in(std::span<const Result> results) {
  for (; taken_in_ < results.size(); ++taken_in_) losses_.append(results[taken_in_].loss);
}

// Ten times a second, and at once where the block had to make way, but that too ten times a second; never as
// long as it has taken more than its share.
bool ProgressView::is_due() {
  if (shows_ != Shows::block) return false;
  const Clock::time_point now = Clock::now();
  if (now - start_ < interval || Seconds(spent_) > share * (now - start_)) return false;
  Clock::time_point& last = block_.is_drawn() ? last_drawn_ : last_drawn_again_;
  if (now - last < interval) return false;
  last = last_drawn_ = now;
  if (is_in_foreground(STDERR_FILENO)) return true;
  block_.forget();
  return false;
}

void ProgressView::draw(int epoch, std::span<const Result> known, int steps) {
  double examples = 0;
  for (const Result& result : known) examples += result.seen;
  const Seconds in_epoch = Clock::now() - start_of_epoch_;
  const bool is_long = !last_ || in_epoch > 5 * interval;  // enough to say how fast this epoch is
  LiveState state{.epoch = epoch,
                  .epochs = epochs_,
                  .steps_done = static_cast<int>(known.size()),
                  .steps = steps,
                  .validation = last_ ? last_->validation : std::nullopt,
                  .examples_per_second = is_long ? examples / in_epoch.count() : last_->examples_per_second};
  if (!known.empty()) {
    state.train = summarize(known);
  } else if (last_) {
    state.train = last_->train;
  }
  if (const double done = epoch + static_cast<double>(known.size()) / steps; done > 0) {
    state.seconds_left = seconds_left(done);
  }
  block_.draw(
      live_lines(state, losses_,
                 {.size = terminal_size(STDERR_FILENO), .colour = wants_colour(), .utf8 = speaks_utf8()}));
}

double ProgressView::seconds_left(double epochs_done) const {
  return Seconds(Clock::now() - start_).count() * (epochs_ - epochs_done) / epochs_done;
}

}  // namespace duet
