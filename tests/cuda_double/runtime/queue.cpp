#include "tests/cuda_double/runtime/queue.h"

#include <cstdlib>

#include "tests/cuda_double/runtime/in_order.h"
#include "tests/cuda_double/runtime/settings.h"
#include "tests/cuda_double/runtime/tally.h"

namespace duet::cuda_double {
namespace {

// What nobody has waited for runs when the process ends, so that it is checked too; unless a call ends it.
void run_the_rest() {
  Queue& queue = Queue::instance();
  const std::unique_lock lock(queue.mutex, std::try_to_lock);
  if (lock) queue.run_all();
}

// Those that have not run, in the order in which they were enqueued.
std::vector<TaskPtr> with_what_is_before(std::span<const TaskPtr> wanted) {
  std::map<std::uint64_t, TaskPtr> chosen;
  std::vector<TaskPtr> found(wanted.begin(), wanted.end());
  while (!found.empty()) {
    const TaskPtr task = found.back();
    found.pop_back();
    if (task->done || !chosen.emplace(task->number, task).second) continue;
    found.insert(found.end(), task->waits_for.begin(), task->waits_for.end());
  }
  std::vector<TaskPtr> tasks;
  tasks.reserve(chosen.size());
  for (const auto& [number, task] : chosen) tasks.push_back(task);
  return tasks;
}

}  // namespace

Queue::Queue() : schedule(settings().schedule) { std::atexit(run_the_rest); }

Queue& Queue::instance() {
  static Queue& queue = *new Queue;  // static objects of the program may call until the very end
  return queue;
}

TaskPtr Queue::add(std::shared_ptr<Task> task) {
  task->number = ++last_number_;
  task->clock.include(host_);
  task->clock.include(task->place);
  everything_.include(task->place);
  if (task->in_blocking_stream) in_blocking_streams_.include(task->place);
  pending_.emplace(task->number, task);
  return task;
}

void Queue::wait_for(Task& task, const TaskPtr& earlier) {
  if (earlier == nullptr) return;
  task.clock.include(earlier->clock);
  if (!earlier->done) task.waits_for.push_back(earlier);
}

void Queue::wait_for_blocking_streams(Task& task) const {
  task.clock.include(in_blocking_streams_);
  for (const auto& [number, pending] : pending_) {
    if (pending->in_blocking_stream) wait_for(task, pending);
  }
}

void Queue::finish(const TaskPtr& task) {
  if (task == nullptr) return;
  if (!task->done) run_pending({&task, 1});
  host_.include(task->clock);
}

void Queue::finish_all() {
  run_all();
  host_.include(everything_);
}

void Queue::run_all() {
  std::vector<TaskPtr> all;
  all.reserve(pending_.size());
  for (const auto& [number, pending] : pending_) all.push_back(pending);
  run_pending(all);
}

cudaError_t Queue::ask(const TaskPtr& task) {
  if (task != nullptr && !task->done && !task->was_asked_for) {
    task->was_asked_for = true;
    return cudaErrorNotReady;
  }
  finish(task);
  return cudaSuccess;
}

void Queue::run_pending(std::span<const TaskPtr> wanted) {
  const std::vector<TaskPtr> tasks = with_what_is_before(wanted);
  std::map<std::uint64_t, std::uint32_t> index;
  for (const TaskPtr& task : tasks) index.emplace(task->number, static_cast<std::uint32_t>(index.size()));
  Predecessors after(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const TaskPtr& earlier : tasks[i]->waits_for) {
      if (!earlier->done) after[i].push_back(index.at(earlier->number));
    }
  }
  run_in_order(after, schedule, last_number_, [&](std::uint32_t i) { run(*tasks[i]); });
}

void Queue::run(Task& task) {
  // Behind a failed kernel nothing runs any more.
  if (failure == cudaSuccess && task.run) failure = task.run(task);
  task.done = true;
  task.ended = device_microseconds();
  task.run = nullptr;
  task.waits_for.clear();
  pending_.erase(task.number);
}

}  // namespace duet::cuda_double
