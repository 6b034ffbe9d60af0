// The threads of one run: one OpenMP region, ranks, and a barrier.
#pragma once

#include <omp.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <thread>

#include "cpu/flush_denormals.h"

namespace duet::cpu {

// Spins for a moment and then yields: on a loaded machine pure spinning costs whole time slices.
class Barrier {
 public:
  explicit Barrier(int size, bool spin) : size_(size), spins_(spin ? 300 : 0) {}

  void wait() {
    const unsigned generation = generation_.load(std::memory_order_relaxed);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      waiting_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1, std::memory_order_release);
      return;
    }
    for (int i = 0; generation_.load(std::memory_order_acquire) == generation; ++i) {
      if (i < spins_) {
        pause();
      } else {
        std::this_thread::yield();
      }
    }
  }

 private:
  static void pause() {
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }

  const int size_, spins_;
  alignas(64) std::atomic<int> waiting_{0};
  alignas(64) std::atomic<unsigned> generation_{0};
};

// A thread of a run.
struct Member {
  int rank, team;  // 0 .. team - 1, and how many there are
};

class Team {
 public:
  Team(int threads, int processors) : threads_(threads), processors_(processors) {}

  int size() const { return threads_; }

  // Calls work(member, barrier) once on every thread. The region may be given fewer threads than asked for
  // (OMP_THREAD_LIMIT, a caller's own region): the barrier counts those that came.
  template <class Work>
  void run(const Work& work) const {
    alignas(Barrier) std::byte storage[sizeof(Barrier)];
    Barrier* barrier = nullptr;
#pragma omp parallel num_threads(threads_)
    {
#pragma omp single
      barrier = new (storage) Barrier(omp_get_num_threads(), threads_ <= processors_);
      const FlushDenormals flush;
      work(Member{omp_get_thread_num(), omp_get_num_threads()}, *barrier);
    }
  }

 private:
  int threads_, processors_;
};

}  // namespace duet::cpu
