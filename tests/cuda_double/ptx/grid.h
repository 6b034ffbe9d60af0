// Runs a kernel to its end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tests/cuda_double/machine/order.h"
#include "tests/cuda_double/machine/work.h"
#include "tests/cuda_double/ptx/module.h"

namespace duet::cuda_double {

struct Launch {
  const Kernel* kernel;
  std::array<std::uint32_t, 3> blocks, threads;
  std::size_t dynamic_shared = 0;
  std::span<const std::byte> parameters;  // parameter_bytes of them
  Schedule schedule;
};

enum class Ended {
  well,
  illegal_address,
  misaligned_address,
  illegal_instruction,
  assertion,
  timeout,  // it would run forever
};

// Of the work that runs (Running::now()). What the checks find is reported; what a device would stop at ends
// the kernel and is the answer. Sizes were checked before.
Ended run_kernel(const Launch& launch);

}  // namespace duet::cuda_double
