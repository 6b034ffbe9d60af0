#include "tests/cuda_double/machine/timeline.h"

#include <algorithm>

namespace duet::cuda_double {
namespace {

struct Start {
  EventId first;
  WorkNumber work;
};

struct State {
  std::vector<Start> starts;
  EventId next = 1;
};
State& state() {
  static State& all = *new State;
  return all;
}

}  // namespace

EventId Timeline::begin(WorkNumber work) {
  State& all = state();
  if (all.starts.empty() || all.starts.back().work != work) all.starts.push_back({all.next, work});
  return all.next;
}

void Timeline::end(EventId next) { state().next = next; }

Timeline::Span Timeline::find(EventId event) {
  const std::vector<Start>& starts = state().starts;
  const auto next = std::upper_bound(starts.begin(), starts.end(), event,
                                     [](EventId id, const Start& start) { return id < start.first; });
  const Start& found = *std::prev(next);
  return {found.first, next != starts.end() ? next->first : state().next, found.work};
}

bool EarlierWorks::look_up(EventId event) {
  const auto known = std::find_if(answers_.begin(), answers_.end(),
                                  [&](const Answer& answer) { return event - answer.first < answer.count; });
  if (known != answers_.end()) {
    last_ = *known;
  } else {
    const Timeline::Span span = Timeline::find(event);
    last_ = {span.first, span.end - span.first, span.work == work_->number || work_->comes_after(span.work)};
    answers_.push_back(last_);
  }
  return last_.done;
}

}  // namespace duet::cuda_double
