#include "tools/checkpoint_clock.h"

#include "core/error.h"
#include "core/parse.h"

namespace duet {
namespace {

constexpr const char* option = "--checkpoint-every";

}  // namespace

CheckpointClock::CheckpointClock(const std::string& every) {
  if (every == "epoch") return;
  if (every.ends_with("s")) {
    seconds_ = parse_real(every.substr(0, every.size() - 1), {.low = 0.001, .high = 1e6}, option);
  } else {
    steps_ = static_cast<int>(parse_integer(every, {1, 1'000'000'000}, option));
  }
}

bool CheckpointClock::is_due(const Progress& p) const {
  if (steps_ > 0) return (std::int64_t{p.epoch} * p.steps + p.steps_done) % steps_ == 0;
  return seconds_ > 0 &&
         std::chrono::duration<double>(std::chrono::steady_clock::now() - last_).count() >= seconds_;
}

}  // namespace duet
