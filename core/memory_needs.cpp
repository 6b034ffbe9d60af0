#include "core/memory_needs.h"

#include <algorithm>

#include "core/error.h"

namespace duet {

void check_memory(Backend& backend, std::string_view job, const MemoryNeeds& needs) {
  const FreeMemory free = backend.free_memory();
  if (needs.to_take() <= free.bytes) return;
  struct Part {
    std::size_t bytes;
    std::string_view is, use;
  };
  // By what the user may make smaller.
  std::size_t network = needs.weights + needs.gradients + needs.moments, batch = 0;
  (needs.batch_is_chosen ? batch : network) += needs.activations + needs.workspace;
  const Part most = std::max(
      {Part{needs.data, "the examples", "fewer examples"}, Part{network, "the network", "smaller layers"},
       Part{batch, "the batches", "a smaller --batch"}},
      [](const Part& a, const Part& b) { return a.bytes < b.bytes; });
  const auto mib = [](std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  fail(
      ErrorKind::memory,
      "{} needs {:.1f} MiB of memory and {} has {:.1f} MiB free; most of it, {:.1f} MiB, is for {}: use {}{}",
      job, mib(needs.to_take()), backend.info().device, mib(free.bytes), mib(most.bytes), most.is, most.use,
      backend.takes_memory_of_host() ? "" : ", or --device cpu");
}

}  // namespace duet
