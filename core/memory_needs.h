// What a job will need of a device's memory, known before any of it is taken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/backend.h"

namespace duet {

// In bytes, padding included.
struct MemoryNeeds {
  std::size_t data = 0;          // examples, and the order in which they are taken
  std::size_t weights = 0;       // and biases
  std::size_t gradients = 0;     // of those that are stored before an update; few where updates need no store
  std::size_t moments = 0;       // Adam's two
  std::size_t activations = 0;   // of a batch, with their gradients and the results of the steps
  std::size_t workspace = 0;     // what programs keep for themselves, as far as it depends on shapes alone
  std::size_t there = 0;         // of all these, what the process has already taken
  bool batch_is_chosen = false;  // by the user; else only smaller layers make activations smaller

  std::size_t total() const { return data + weights + gradients + moments + activations + workspace; }
  // Data that moves has its new place, whole, before it gives back the old one.
  std::size_t to_take() const { return std::max(total() - there, data); }
};

// Throws Error(memory), with both numbers and what takes most, where the device has less left than is to be
// taken. `job`: "the training".
void check_memory(Backend& backend, std::string_view job, const MemoryNeeds& needs);

}  // namespace duet
