// The cells of device memory, and what copies and libraries do to them.
#pragma once

#include "tests/cuda_double/machine/run.h"

namespace duet::cuda_double {

class DeviceShadow {
 public:
  static void access(Run& run, AccessKind kind, Address address, std::size_t bytes, const Run::Now& now);
  // Of a copy or a library's call.
  static void access(const Work& work, AccessKind kind, Address address, std::size_t bytes);
  // Of memory that was given back, whole pages of it, while no work runs.
  static void forget(Address address, std::size_t bytes);
  // What lies before `end` counts as written from now on.
  static void trust(Address end);
};

}  // namespace duet::cuda_double
