// How every function of the API begins and ends.
#pragma once

#include <driver_types.h>

#include <string_view>

#include "tests/cuda_double/runtime/library.h"
#include "tests/cuda_double/runtime/queue.h"

namespace duet::cuda_double {

cudaError_t& last_error();                // of this thread: what cudaGetLastError answers
cudaError_t why_there_is_none();          // no device, no driver, or one that is too old; else cudaSuccess
cudaError_t remember(cudaError_t error);  // as the last one, and answers it
cudaError_t refuse_unknown(std::string_view what);  // which the double does not know: reports it

// A call: fails as injected, or as all calls do without a device or behind a failed kernel; else does `body`,
// under the lock.
template <class Body>
cudaError_t call(std::string_view name, const Body& body, cudaError_t injected = cudaErrorUnknown) {
  if (const cudaError_t error = why_there_is_none(); error != cudaSuccess) return remember(error);
  if (fails_by_injection(name)) return remember(injected);
  Queue& queue = Queue::instance();
  const std::lock_guard lock(queue.mutex);
  if (queue.failure != cudaSuccess) return remember(queue.failure);
  const cudaError_t error = body();
  return remember(error != cudaSuccess ? error : queue.failure);
}

// One that gives something back. It does so even where it fails: what its failure tells of is earlier work.
template <class Body>
cudaError_t give_back(std::string_view name, const Body& body) {
  if (const cudaError_t error = why_there_is_none(); error != cudaSuccess) return remember(error);
  const bool fails = fails_by_injection(name);
  Queue& queue = Queue::instance();
  const std::lock_guard lock(queue.mutex);
  const cudaError_t error = body();
  if (queue.failure != cudaSuccess) return remember(queue.failure);
  return remember(fails ? cudaErrorUnknown : error);
}

}  // namespace duet::cuda_double
