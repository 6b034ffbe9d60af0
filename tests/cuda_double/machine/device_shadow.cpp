#include "tests/cuda_double/machine/device_shadow.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <stdexcept>

#include "tests/cuda_double/machine/storage.h"

namespace duet::cuda_double {
namespace {

constexpr std::size_t cells_of(std::size_t bytes) { return bytes / Cells::word * sizeof(Cell); }

std::size_t offset_of(Address address) { return address - first_device_address(); }

// As large as the device's addresses, and no memory where nothing was accessed: there they are zero, which
// is how a cell begins.
std::byte* storage() {
  static std::byte* const begin = [] {
    std::byte* const reserved = reserve(cells_of(device_range), "what device memory has seen");
    if (mprotect(reserved, cells_of(device_range), PROT_READ | PROT_WRITE) != 0) {
      throw std::runtime_error("the double of CUDA: no memory for what device memory has seen");
    }
    return reserved;
  }();
  return begin;
}

Cells& cells() {
  static Cells& all = *new Cells(reinterpret_cast<Cell*>(storage()));
  return all;
}

std::string describe(std::size_t offset) {
  return DeviceMemory::instance().describe(first_device_address() + offset);
}

}  // namespace

void DeviceShadow::access(Run& run, AccessKind kind, Address address, std::size_t bytes,
                          const Run::Now& now) {
  run.access(cells(), kind, offset_of(address), bytes, now, describe);
}

void DeviceShadow::access(const Work& work, AccessKind kind, Address address, std::size_t bytes) {
  Run run(work, Timeline::begin(work.number), 0);
  access(run, kind, address, bytes, run.now({}));
  Timeline::end(run.next());
}

void DeviceShadow::forget(Address address, std::size_t bytes) {
  madvise(storage() + cells_of(offset_of(address)), cells_of(bytes), MADV_DONTNEED);
  cells().forget(offset_of(address), bytes);
}

void DeviceShadow::trust(Address end) { cells().trust(offset_of(end)); }

}  // namespace duet::cuda_double
