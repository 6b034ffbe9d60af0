// Which work an event belongs to, and whether that work is done, for sure, when another one begins.
#pragma once

#include <vector>

#include "tests/cuda_double/machine/event.h"
#include "tests/cuda_double/machine/work.h"

namespace duet::cuda_double {

// Works run one after another, so the events of each have numbers in a row.
class Timeline {
 public:
  struct Span {
    EventId first, end;
    WorkNumber work;
  };
  static EventId begin(WorkNumber work);  // the first number of its events
  static void end(EventId next);          // of the work that was begun last: the first that it has not used
  static Span find(EventId event);        // of a work that has ended
};

class EarlierWorks {
 public:
  explicit EarlierWorks(const Work& work) : work_(&work) {}
  bool done(EventId event) { return event - last_.first < last_.count ? last_.done : look_up(event); }

 private:
  struct Answer {
    EventId first = 0, count = 0;
    bool done = false;
  };
  bool look_up(EventId event);

  const Work* work_;
  Answer last_;
  std::vector<Answer> answers_;  // comes_after() may be slow, and a work touches what few others did
};

}  // namespace duet::cuda_double
