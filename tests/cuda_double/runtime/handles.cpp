#include "tests/cuda_double/runtime/handles.h"

namespace duet::cuda_double {

std::uintptr_t next_handle() {
  static std::uintptr_t last = 0x1000;  // above the constants that are streams (driver_types.h)
  return last += 0x10;
}

}  // namespace duet::cuda_double
