// A thread on one processor while one of these lives, where its team has as many threads as it has processors
// to run on. Without this, the system's scheduler moves threads that sleep and wake beside another job, until
// two of the team share a processor.
#pragma once

#include <sched.h>

namespace duet::cpu {

class Pinned {
 public:
  Pinned(int rank, int team) {
    // Fails on machines with more processors than the set has bits (1024); threads are not pinned there.
    if (sched_getaffinity(0, sizeof before_, &before_) != 0 || CPU_COUNT(&before_) != team) return;
    int processor = -1;
    for (int passed = -1; passed < rank;) passed += CPU_ISSET(++processor, &before_) ? 1 : 0;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    pinned_ = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~Pinned() {
    if (pinned_) sched_setaffinity(0, sizeof before_, &before_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_;
  bool pinned_ = false;
};

}  // namespace duet::cpu
