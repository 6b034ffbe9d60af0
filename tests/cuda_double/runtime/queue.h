// What was put into streams and has not run. Nothing runs before something waits for it; then it runs, and
// what it comes after, in an order that the schedule picks.
#pragma once

#include <map>
#include <mutex>
#include <span>

#include "tests/cuda_double/machine/order.h"
#include "tests/cuda_double/runtime/task.h"

namespace duet::cuda_double {

class Queue {
 public:
  static Queue& instance();  // outlives the process's static objects

  // One lock for all of the runtime: held by whoever is in a call.
  std::mutex mutex;
  Schedule schedule;
  cudaError_t failure = cudaSuccess;  // that a kernel left behind: every later call answers with it

  // Completes `task`: its place must be set, and its clock and waits_for by wait_for().
  TaskPtr add(std::shared_ptr<Task> task);
  // `task` begins when `earlier` (or null) is done.
  static void wait_for(Task& task, const TaskPtr& earlier);
  // `task` begins when all that is in blocking streams is done.
  void wait_for_blocking_streams(Task& task) const;

  // The host waits: afterwards it knows that the task is done.
  void finish(const TaskPtr& task);
  void finish_all();
  void run_all();  // and the host does not know
  // Whether it is done; then the host knows. Who asks twice finds it done, so that a loop of questions ends.
  cudaError_t ask(const TaskPtr& task);

 private:
  Queue();
  void run_pending(std::span<const TaskPtr> wanted);
  void run(Task& task);

  std::map<std::uint64_t, TaskPtr> pending_;  // by number
  std::uint64_t last_number_ = 0;
  Clock host_;                              // what the host knows to be done
  Clock everything_, in_blocking_streams_;  // that was ever enqueued
};

}  // namespace duet::cuda_double
