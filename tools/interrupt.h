// SIGINT, SIGTERM and SIGHUP while a training runs: the first is noted and looked at between slices, a second
// SIGINT or SIGTERM ends the program at once. SIGUSR1 asks for a checkpoint.
#pragma once

namespace duet {

// Thrown when what could be kept is kept; the exit code is 128 + signal.
struct StoppedBySignal {
  int signal;
};

class InterruptGuard {
 public:
  InterruptGuard();   // from now on signals are noted
  ~InterruptGuard();  // and from now on they end the program again
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static int signal();                     // the one that came, or 0
  static bool take_wish_for_checkpoint();  // whether one was asked for since the last call
};

}  // namespace duet
