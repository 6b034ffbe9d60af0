#include "tools/checkpoint_clock.h"

#include <string_view>

#include "core/error.h"
#include "core/parse.h"

namespace duet {
namespace {

constexpr const char* option = "--checkpoint-every";
constexpr double largest_share = 0.02;  // of the training's time that checkpoints of epochs may take

bool looks_like_a_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("-+.0123456789") == text.npos;
}

}  // namespace

CheckpointClock::CheckpointClock(const std::string& every) {
  if (every == "epoch") return;
  const std::string_view number = std::string_view(every).substr(0, every.size() - every.ends_with('s'));
  if (!looks_like_a_number(number)) {
    fail(ErrorKind::usage, "{} '{}' is neither 'epoch' nor a number of steps nor seconds as in '30s'", option,
         every);
  }
  if (number != every) {
    seconds_ = parse_real(number, {.low = 0.001, .high = 1e6}, option);
  } else {
    steps_ = static_cast<int>(parse_integer(number, {1, 1'000'000'000}, option));
  }
}

bool CheckpointClock::is_due(const Progress& p) const {
  if (steps_ > 0) return (std::int64_t{p.epoch} * p.steps + p.steps_done) % steps_ == 0;
  return seconds_ > 0 && seconds_since_last() >= seconds_;
}

bool CheckpointClock::is_due_at_epoch() const {
  return steps_ == 0 && seconds_ == 0 && seconds_held_up_ <= largest_share * seconds_since_last();
}

void CheckpointClock::restart(double seconds_held_up) {
  seconds_held_up_ = seconds_held_up;
  last_ = std::chrono::steady_clock::now();
}

double CheckpointClock::seconds_since_last() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - last_).count();
}

}  // namespace duet
