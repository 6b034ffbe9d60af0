// Host memory for a backend: zeroed, page-aligned, in huge pages where the system gives them.
#pragma once

#include <cstddef>

#include "core/backend.h"

namespace duet::cpu {

// Throws Error(memory), with both figures, when this process may not take as much.
Memory allocate(std::size_t bytes);

}  // namespace duet::cpu
