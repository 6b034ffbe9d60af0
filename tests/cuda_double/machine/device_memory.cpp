#include "tests/cuda_double/machine/device_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>

#include "tests/cuda_double/machine/device_shadow.h"
#include "tests/cuda_double/machine/host_fault.h"
#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/machine/storage.h"
#include "tests/cuda_double/machine/work.h"

namespace duet::cuda_double {
namespace {

// Behind the beginning of a page: what relies on more than the 256 bytes that are promised is found out.
constexpr std::size_t alignment = 256;

std::size_t capacity_by_environment() {
  constexpr std::size_t mib = 1 << 20;
  const char* const text = std::getenv("DUET_DOUBLE_MEMORY");
  if (text == nullptr) return 1024 * mib;
  const std::string_view number = text;
  std::size_t value = 0;
  const auto [rest, error] = std::from_chars(number.begin(), number.end(), value);
  if (error != std::errc() || rest != number.end() || value == 0 || value > device_range / mib) {
    throw std::runtime_error(
        fmt::format("DUET_DOUBLE_MEMORY='{}' is no number of MiB up to {}", text, device_range / mib));
  }
  return value * mib;
}

bool holds(const Allocation& allocation, Address address, std::size_t bytes) {
  const Address offset = address - allocation.begin;  // enormous where it lies before
  return offset <= allocation.bytes && bytes <= allocation.bytes - offset;
}

struct Record {
  std::size_t bytes;
  bool living;
};

// Pages for the gap before the allocation and for itself.
std::size_t pages_of(std::size_t bytes) { return (alignment + bytes + page - 1) / page * page; }

std::byte* touched_by_work(DeviceMemory& memory, AccessKind kind, Address address, std::size_t bytes) {
  const Work* const work = Running::now();
  if (work == nullptr)
    throw std::logic_error("the double of CUDA: device memory is touched, but no work runs");
  std::byte* const found = memory.locate(address, bytes, work->name);
  if (found != nullptr && follows_accesses()) DeviceShadow::access(*work, kind, address, bytes);
  return found;
}

}  // namespace

struct DeviceMemory::State {
  const std::size_t capacity = capacity_by_environment();
  const Address begin = first_device_address();
  Storage storage;
  mutable std::mutex mutex;
  std::map<Address, Record> records;  // of all there ever were
  std::size_t used_addresses = 0, in_use = 0, living = 0;
  std::atomic<std::uint64_t> frees = 0;
};

DeviceMemory::DeviceMemory() : state_(*new State) { explain_host_faults(); }

// Never destroyed: programs free their memory when they like.
DeviceMemory& DeviceMemory::instance() {
  static DeviceMemory& device = *new DeviceMemory;
  return device;
}

std::optional<Address> DeviceMemory::allocate(std::size_t bytes) {
  const std::lock_guard lock(state_.mutex);
  if (bytes > state_.capacity - state_.in_use) return std::nullopt;
  const std::size_t pages = pages_of(bytes);
  if (pages + page > device_range - state_.used_addresses) {
    report(Check::unsupported,
           fmt::format("an allocation of {} bytes: the {} GiB of addresses, none of which is "
                       "given out twice, are used up",
                       bytes, device_range >> 30));
    return std::nullopt;
  }
  state_.storage.make(state_.used_addresses, pages);
  const Address address = state_.begin + state_.used_addresses + alignment;
  state_.used_addresses += pages + page;
  state_.in_use += bytes;
  ++state_.living;
  state_.records[address] = {bytes, true};
  return address;
}

bool DeviceMemory::free(Address begin) {
  const std::lock_guard lock(state_.mutex);
  const auto found = state_.records.find(begin);
  if (found == state_.records.end() || !found->second.living) return false;
  found->second.living = false;
  ++state_.frees;
  --state_.living;
  state_.in_use -= found->second.bytes;
  const Address first_page = begin - alignment;
  const std::size_t pages = pages_of(found->second.bytes);
  state_.storage.drop(first_page - state_.begin, pages);
  if (follows_accesses()) DeviceShadow::forget(first_page, pages);
  return true;
}

std::optional<Allocation> DeviceMemory::holder(Address address, std::size_t bytes) const {
  const std::lock_guard lock(state_.mutex);
  auto next = state_.records.upper_bound(address);
  if (next == state_.records.begin()) return std::nullopt;
  const auto& [begin, record] = *--next;
  const Allocation allocation{begin, record.bytes};
  if (!record.living || !holds(allocation, address, bytes)) return std::nullopt;
  return allocation;
}

std::optional<Allocation> DeviceMemory::find(Address address) const { return holder(address, 1); }
std::size_t DeviceMemory::capacity() const { return state_.capacity; }

std::size_t DeviceMemory::in_use() const {
  const std::lock_guard lock(state_.mutex);
  return state_.in_use;
}

std::size_t DeviceMemory::living() const {
  const std::lock_guard lock(state_.mutex);
  return state_.living;
}

Address DeviceMemory::end() const {
  const std::lock_guard lock(state_.mutex);
  return state_.begin + state_.used_addresses;
}

bool DeviceMemory::owns(Address address) const { return address - state_.begin < device_range; }

std::string_view DeviceMemory::describe(Address address, std::span<char> text) const {
  const auto say = [&](auto format, auto... values) {
    const auto said = fmt::format_to_n(text.data(), text.size(), format, values...);
    return std::string_view(text.data(), std::min(said.size, text.size()));
  };
  const std::lock_guard lock(state_.mutex);
  const auto next = state_.records.upper_bound(address);
  if (next != state_.records.end() && next->first - address <= alignment) {
    return say(FMT_STRING("{} bytes before an allocation of {} bytes"), next->first - address,
               next->second.bytes);
  }
  if (!owns(address) || next == state_.records.begin()) return "where no device memory is";
  const auto& [begin, record] = *std::prev(next);
  const std::size_t offset = address - begin;
  const bool inside = offset < record.bytes;
  return say(FMT_STRING("{} bytes {} an allocation of {} bytes{}"), inside ? offset : offset - record.bytes,
             inside ? "into" : "behind the end of", record.bytes,
             record.living ? "" : " that was given back");
}

std::string DeviceMemory::describe(Address address) const {
  char text[160];
  return std::string(describe(address, text));
}

// Kernels look up the same few allocations all the time, so each thread keeps the last; a free may have ended
// it.
std::byte* DeviceMemory::locate(Address address, std::size_t bytes) {
  thread_local Allocation last;
  thread_local std::uint64_t frees_then = 0;
  const std::uint64_t frees = state_.frees.load(std::memory_order_acquire);
  if (frees != frees_then || !holds(last, address, bytes)) {
    const std::optional<Allocation> found = holder(address, bytes);
    if (!found) return nullptr;
    last = *found;
    frees_then = frees;
  }
  return state_.storage.at(address - state_.begin);
}

std::byte* DeviceMemory::locate(Address address, std::size_t bytes, std::string_view who) {
  std::byte* const found = locate(address, bytes);
  if (found == nullptr) report(Check::bounds, fmt::format("{}: {} bytes, {}", who, bytes, describe(address)));
  return found;
}

const std::byte* DeviceMemory::readable(Address address, std::size_t bytes) {
  return touched_by_work(*this, AccessKind::load, address, bytes);
}

std::byte* DeviceMemory::writable(Address address, std::size_t bytes) {
  return touched_by_work(*this, AccessKind::store, address, bytes);
}

}  // namespace duet::cuda_double
