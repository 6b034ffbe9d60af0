// What a job will need of a device's memory, known before any of it is taken.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/backend.h"

namespace duet {

// In bytes, by what the user may make smaller.
struct MemoryNeeds {
  std::size_t data = 0;     // examples, and the order in which they are taken
  std::size_t network = 0;  // weights; of a training, their gradients and moments too
  std::size_t batch = 0;    // activations, and what programs keep for themselves
  std::size_t total() const { return data + network + batch; }
};

// Throws Error(memory), with both numbers and what takes most, where the device has less left. `job`: "the
// training".
void check_memory(Backend& backend, std::string_view job, const MemoryNeeds& needs);

}  // namespace duet
