// The memory of the device. At the addresses that a program is given every host access is a segmentation
// fault that says so; the storage lies elsewhere, and only the double knows where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duet::cuda_double {

using Address = std::uint64_t;  // as the program sees it

struct Allocation {
  Address begin = 0;
  std::size_t bytes = 0;  // as asked for: the byte behind it is out of bounds
};

class DeviceMemory {
 public:
  static DeviceMemory& instance();

  // 256-byte aligned, never an address that was used before, filled with NaNs that nobody has written.
  // Nothing where `bytes` are more than are free.
  std::optional<Address> allocate(std::size_t bytes);
  bool free(Address begin);  // false: not the beginning of a living allocation. While no work runs.
  std::optional<Allocation> find(Address address) const;  // that the address lies in
  std::size_t capacity() const;                           // DUET_DOUBLE_MEMORY, in MiB; 1024 without it
  std::size_t in_use() const;
  std::size_t living() const;                   // allocations
  Address end() const;                          // behind all addresses that were given out
  bool owns(Address address) const;             // whether it is a device address at all, living or not
  std::string describe(Address address) const;  // for reports: "12 bytes into an allocation of 64 bytes"
  // The same into `text`: nothing is allocated, so a signal's handler may ask.
  std::string_view describe(Address address, std::span<char> text) const;

  // For kernels: where the bytes are, and nothing is checked but what kernels must be (bounds). Null, and a
  // report that begins with `who`, where [address, address + bytes) is not inside one living allocation.
  std::byte* locate(Address address, std::size_t bytes, std::string_view who);
  std::byte* locate(Address address, std::size_t bytes);  // without a report: for every access of a kernel

  // For copies and libraries: the same, and checks for the work that runs (Running::now()) that all of it was
  // written and is touched in order; afterwards it has been read, or written, by that work.
  const std::byte* readable(Address address, std::size_t bytes);
  std::byte* writable(Address address, std::size_t bytes);

 private:
  DeviceMemory();
  std::optional<Allocation> holder(Address address, std::size_t bytes) const;
  struct State;
  State& state_;
};

}  // namespace duet::cuda_double
