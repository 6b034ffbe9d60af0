// Pinned memory of the host: what the device may read or write while the host goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>

namespace duet::cuda_double {

class HostMemory {
 public:
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };
  struct Block {
    std::size_t bytes = 0;
    std::unique_ptr<std::byte, Free> data;
    std::uint64_t writes = 0;  // by the device
    bool being_freed = false;
  };
  void* allocate(std::size_t bytes);  // whole pages; null: there is no room
  Block* find(const void* address);   // that the address lies in; null: it is not pinned
  void free(const void* begin);
  std::size_t living() const { return blocks_.size(); }

 private:
  std::map<std::uintptr_t, Block> blocks_;  // by where they begin
};
HostMemory& host_memory();  // under Queue's lock

}  // namespace duet::cuda_double
