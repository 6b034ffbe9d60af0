#include "tests/cuda_double/machine/work.h"

#include <map>
#include <mutex>

namespace duet::cuda_double {
namespace {

thread_local const Work* running = nullptr;

struct Names {
  std::mutex mutex;
  std::map<WorkNumber, std::string> of;
};
Names& names() {
  static Names& all = *new Names;  // never destroyed: reports may be made while the process ends
  return all;
}

}  // namespace

Running::Running(const Work& work) : outer_(running) {
  running = &work;
  const std::lock_guard lock(names().mutex);
  names().of.emplace(work.number, work.name);
}

Running::~Running() { running = outer_; }

const Work* Running::now() { return running; }

std::string name_of_work(WorkNumber number) {
  const std::lock_guard lock(names().mutex);
  const auto found = names().of.find(number);
  return found != names().of.end() ? found->second : "a work without a name";
}

}  // namespace duet::cuda_double
