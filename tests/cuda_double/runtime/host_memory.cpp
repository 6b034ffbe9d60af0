#include "tests/cuda_double/runtime/host_memory.h"

#include <cstring>
#include <iterator>

namespace duet::cuda_double {

void* HostMemory::allocate(std::size_t bytes) {
  constexpr std::size_t page = 4096;
  auto* const data = static_cast<std::byte*>(std::aligned_alloc(page, (bytes + page - 1) / page * page));
  if (data == nullptr) return nullptr;
  std::memset(data, 0xff, bytes);  // NaNs: nothing was promised about what is in it
  Block& block = blocks_[reinterpret_cast<std::uintptr_t>(data)];
  block.bytes = bytes;
  block.data.reset(data);
  return data;
}

HostMemory::Block* HostMemory::find(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto behind = blocks_.upper_bound(at);
  if (behind == blocks_.begin()) return nullptr;
  auto& [begin, block] = *std::prev(behind);
  return at < begin + block.bytes ? &block : nullptr;
}

void HostMemory::free(const void* begin) { blocks_.erase(reinterpret_cast<std::uintptr_t>(begin)); }

HostMemory& host_memory() {
  static auto& memory = *new HostMemory;
  return memory;
}

}  // namespace duet::cuda_double
