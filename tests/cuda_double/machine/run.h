// The accesses of one run (a kernel, a copy, a library's call; the shared memory of a block), judged one by
// one by what the cells remember of earlier ones.
#pragma once

#include <deque>
#include <string>

#include "tests/cuda_double/machine/cells.h"
#include "tests/cuda_double/machine/event.h"
#include "tests/cuda_double/machine/handover.h"
#include "tests/cuda_double/machine/shadow.h"
#include "tests/cuda_double/machine/timeline.h"

namespace duet::cuda_double {

class Run {
 public:
  // Its events have the numbers from `first` on. `blocks`: of the grid; 0 where there are no threads.
  Run(const Work& work, EventId first, std::uint32_t blocks)
      : work_(&work), first_(first), has_threads_(blocks != 0), earlier_works_(work), handover_(blocks) {}

  struct Now {
    EventId id;
    Access access;
  };
  Now now(const Agent& agent);
  EventId next() const { return first_ + static_cast<EventId>(events_.size()); }

  // Reports what is wrong, once of each kind. `describe` says where in memory an offset is.
  using Describe = std::string (*)(std::size_t offset);
  void access(Cells& cells, AccessKind kind, std::size_t offset, std::size_t bytes, const Now& now,
              Describe describe);
  void fence(const Agent& agent);
  void atomic(AccessKind kind, Address word, const Now& now) {
    if (reads(kind)) handover_.acquire(word, now.access);
    if (writes(kind)) handover_.release(word, now.access);
  }

 private:
  struct Finding {
    enum Kind : std::uint8_t { nothing, unwritten, race } kind = nothing;
    const char* what = nullptr;  // the earlier access did
    Past earlier;
  };
  Finding judge(Cell& cell, AccessKind kind, const Now& now);
  void note_read(Cell& cell, const Now& now);
  bool in_order(const Past& past, const Now& now) {
    if (past.id == 0) return true;
    return past.id < first_ ? earlier_works_.done(past.id) : in_order_within_run(past, now);
  }
  bool in_order_within_run(const Past& past, const Now& now) const;
  Past joined(const Past& past, const Now& now) const;
  std::string sentence(const Finding& finding, AccessKind kind, const Now& now) const;
  std::string name(const Access& access) const;

  const Work* work_;
  EventId first_;
  bool has_threads_;
  std::deque<Event> events_;
  bool last_event_is_over_ = true;
  EarlierWorks earlier_works_;
  Handover handover_;
};

}  // namespace duet::cuda_double
