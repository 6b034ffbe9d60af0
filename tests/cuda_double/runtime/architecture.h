// What a device of each compute capability has: tables "Technical Specifications per Compute Capability" of
// the CUDA C++ Programming Guide, and the multiprocessors of one card of each.
#pragma once

#include <cstddef>

namespace duet::cuda_double {

struct Architecture {
  int capability;  // 75 of 7.5
  int multiprocessors;
  int threads, blocks;              // that a multiprocessor can have at a time
  std::size_t shared;               // bytes of shared memory of a multiprocessor
  std::size_t shared_for_block;     // that a block may have where it opts in
  std::size_t reserved_for_system;  // of shared memory, in each block
  std::size_t l2_bytes;
};

// Throws std::invalid_argument for one that is not in the tables.
const Architecture& architecture(int capability);
const Architecture& architecture();  // of the device that the double plays

constexpr std::size_t shared_without_opt_in = 48 << 10;  // bytes of a block
constexpr int registers_of_multiprocessor = 64 << 10;
// Registers are ptxas's choice, which the double does not know; no kernel of ours may have more.
constexpr int registers_of_thread = 64;

}  // namespace duet::cuda_double
