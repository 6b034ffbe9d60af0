// The threads of one run: one OpenMP region, ranks, and a barrier.
#pragma once

#include <omp.h>

#include <chrono>
#include <cstddef>
#include <new>

#include "cpu/barrier.h"
#include "cpu/flush_denormals.h"
#include "cpu/pinned.h"

namespace duet::cpu {

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
      barrier = new (storage)
          Barrier(omp_get_num_threads(), std::chrono::microseconds(threads_ <= processors_ ? 200 : 0));
      const Member member{omp_get_thread_num(), omp_get_num_threads()};
      const Pinned pinned(member.rank, member.team);
      const FlushDenormals flush;
      work(member, *barrier);
    }
  }

 private:
  int threads_, processors_;
};

}  // namespace duet::cpu
