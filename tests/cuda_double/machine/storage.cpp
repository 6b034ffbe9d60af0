#include "tests/cuda_double/machine/storage.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace duet::cuda_double {
namespace {

constexpr std::size_t tile = std::size_t{4}
                             << 20;  // of NaNs: 256 mappings for a GiB, of the 65530 there may be

[[noreturn]] void fail(std::string_view doing) {
  throw std::runtime_error(fmt::format("the double of CUDA: {}: {}", doing, std::strerror(errno)));
}

int file_of_nans() {
  const int file = memfd_create("NaNs", MFD_CLOEXEC);
  const std::vector<std::uint32_t> nans(tile / sizeof(std::uint32_t), 0xffffffff);
  if (file < 0 || write(file, nans.data(), tile) != static_cast<ssize_t>(tile)) fail("making a file of NaNs");
  return file;
}

}  // namespace

std::byte* reserve(std::size_t bytes, std::string_view what_for) {
  void* const begin = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (begin == MAP_FAILED) {
    fail(fmt::format("no {} GiB of addresses (not memory) for {}; see ulimit -v", bytes >> 30, what_for));
  }
  return static_cast<std::byte*>(begin);
}

std::uintptr_t first_device_address() {
  static const auto first = reinterpret_cast<std::uintptr_t>(reserve(device_range, "the device"));
  return first;
}

Storage::Storage() : begin_(reserve(device_range, "the device's storage")), nans_(file_of_nans()) {}

void Storage::make(std::size_t offset, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes; done += tile) {
    if (mmap(at(offset + done), std::min(tile, bytes - done), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, nans_, 0) == MAP_FAILED) {
      fail("mapping storage of the device");
    }
  }
}

void Storage::drop(std::size_t offset, std::size_t bytes) {
  if (mmap(at(offset), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) ==
      MAP_FAILED) {
    fail("giving storage of the device back");
  }
}

}  // namespace duet::cuda_double
