// Address space, of which a process has far more than memory, and the storage behind device addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace duet::cuda_double {

// What addresses the device has, over the life of a process: none is given out twice.
inline constexpr std::size_t device_range = std::size_t{64} << 30;
inline constexpr std::size_t page = 4096;

// Addresses that nobody else gets, and nobody can touch yet. Throws std::runtime_error where the process may
// not have them.
std::byte* reserve(std::size_t bytes, std::string_view what_for);

std::uintptr_t first_device_address();  // where the device's range is reserved

// As large as the device's range. Whole pages of it exist, from when they are made until they are dropped.
class Storage {
 public:
  Storage();
  std::byte* at(std::size_t offset) const { return begin_ + offset; }
  void make(std::size_t offset, std::size_t bytes);  // full of NaNs, which take no memory until written over
  void drop(std::size_t offset, std::size_t bytes);

 private:
  std::byte* begin_;
  int nans_;  // a file of them
};

}  // namespace duet::cuda_double
