// Where the threads of a team wait for each other: a moment awake, then asleep until the last one wakes them.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>

namespace duet::cpu {

// On an idle machine the others come within microseconds, and nobody sleeps. On a loaded one some other job
// has the processor of the one who is late, for milliseconds. Who sleeps meanwhile is owed that time, and is
// back on its processor at once when it is woken: the team runs together, and then waits together. Yielding
// gives the time away instead, and the team then runs apart, three times slower (benchmarks/README.md).
// std::atomic::wait yields before it sleeps.
class Barrier {
 public:
  // awake: how long to wait before sleeping; none where threads share processors.
  Barrier(int size, std::chrono::nanoseconds awake) : size_(size), awake_(awake) {}

  void wait() {
    const unsigned generation = generation_.load(std::memory_order_relaxed);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      waiting_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1);
      if (sleepers_.load() > 0) futex(FUTEX_WAKE_PRIVATE, INT_MAX);
      return;
    }
    if (came_awake(generation)) return;
    ++sleepers_;  // before the system compares generations: then the last one sees it, or it the new one
    while (generation_.load(std::memory_order_acquire) == generation) {
      futex(FUTEX_WAIT_PRIVATE, generation);
    }
    --sleepers_;
  }

 private:
  // Whether the last one came in time.
  bool came_awake(unsigned generation) const {
    const auto start = std::chrono::steady_clock::now();
    do {
      for (int i = 0; i < 16; ++i) {
        if (generation_.load(std::memory_order_acquire) != generation) return true;
        pause();
      }
    } while (std::chrono::steady_clock::now() - start < awake_);
    return false;
  }

  static void pause() {
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }

  // Sleeps unless the generation has changed from `value`, or wakes as many; std::atomic is lock-free here,
  // so the system reads its value where it lies.
  void futex(int operation, unsigned value) {
    static_assert(sizeof generation_ == sizeof value && decltype(generation_)::is_always_lock_free);
    syscall(SYS_futex, &generation_, operation, value, nullptr, nullptr, 0);
  }

  const int size_;
  const std::chrono::nanoseconds awake_;
  alignas(64) std::atomic<int> waiting_{0};
  alignas(64) std::atomic<unsigned> generation_{0};
  std::atomic<int> sleepers_{0};
};

}  // namespace duet::cpu
