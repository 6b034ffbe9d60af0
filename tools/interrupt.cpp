#include "tools/interrupt.h"

#include <atomic>
#include <csignal>

namespace duet {
namespace {

std::atomic<int> received{0};
std::atomic<bool> wants_checkpoint{false};
static_assert(std::atomic<int>::is_always_lock_free);  // else a signal handler may not touch it

constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};

void install(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

// A second signal finds the default action, which ends the program. But a terminal that closes hangs up
// twice, once through its shell, and that is to end nothing which is being kept.
void note(int signal) {
  received = signal;
  for (const int each : signals) install(each, each == SIGHUP ? SIG_IGN : SIG_DFL);
}

void note_wish(int) { wants_checkpoint = true; }

bool is_ignored(int signal) {  // as behind nohup, or for a script's background job
  struct sigaction now = {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  received = 0;
  for (const int signal : signals) {
    if (!is_ignored(signal)) install(signal, note);
  }
  install(SIGUSR1, note_wish);
  // A reader that leaves must not end a training: the write fails, and says so.
  std::signal(SIGPIPE, SIG_IGN);
}

InterruptGuard::~InterruptGuard() {
  for (const int signal : signals) {
    if (!is_ignored(signal)) install(signal, SIG_DFL);
  }
  install(SIGUSR1, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
}

int InterruptGuard::signal() { return received; }

bool InterruptGuard::take_wish_for_checkpoint() { return wants_checkpoint.exchange(false); }

}  // namespace duet
