// A work is what a stream or a graph starts as one: a kernel, a copy, a library's call. Works run one after
// another in the double; whether they were *bound* to is what this says.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace duet::cuda_double {

using WorkNumber = std::uint32_t;  // counts up as works run; 0 is no work

struct Work {
  WorkNumber number = 0;
  std::string name;  // for reports
  // Whether an earlier work is done, for sure, before this one begins: by its stream, an event, an edge of a
  // graph, or because the host has waited.
  std::function<bool(WorkNumber earlier)> comes_after;
};

// The work that runs now, on this thread. The runtime's double sets it around everything that touches device
// memory; host calls that touch it at once (cudaMemcpy) are works too.
class Running {
 public:
  explicit Running(const Work& work);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  static const Work* now();  // null: none runs

 private:
  const Work* outer_;
};
std::string name_of_work(WorkNumber number);  // for reports: kept for the works that words remember

}  // namespace duet::cuda_double
