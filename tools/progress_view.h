// What `duet train` shows on standard error while it trains.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "core/trainer.h"
#include "tools/live_block.h"
#include "tools/train_options.h"

namespace duet {

// Of --progress: on a terminal a block, which takes at most 0.5 % of the run's time; a line an epoch; or
// nothing.
class ProgressView {
 public:
  explicit ProgressView(const TrainOptions& options);

  Looks looks() const { return shows_ == Shows::block ? Looks::yes : Looks::no; }
  void between_slices(Trainer& trainer, const Progress& progress);
  void make_way();  // before a line of an epoch is printed, which may be on the same terminal
  void epoch(const EpochReport& report, std::span<const Result> results);
  void erase() { block_.erase(); }  // before anything else is said

 private:
  using Clock = std::chrono::steady_clock;
  enum class Shows { block, line, nothing };

  void take_in(std::span<const Result> results);
  bool is_due();
  void draw(int epoch, std::span<const Result> known, int steps);
  double seconds_left(double epochs_done) const;

  int epochs_;
  Shows shows_;
  bool shares_terminal_;
  LiveBlock block_;
  LossCurve losses_;
  std::size_t taken_in_ = 0;  // results of the epoch in progress
  std::optional<EpochReport> last_;
  Clock::time_point start_ = Clock::now(), start_of_epoch_ = start_, last_drawn_ = start_,
                    last_drawn_again_ = start_;
  Clock::duration spent_{};
};

}  // namespace duet
