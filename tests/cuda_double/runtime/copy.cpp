#include "tests/cuda_double/runtime/copy.h"

#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/capture.h"
#include "tests/cuda_double/runtime/host_memory.h"
#include "tests/cuda_double/runtime/tally.h"

namespace duet::cuda_double {
namespace {

Address address_of(const void* pointer) { return reinterpret_cast<Address>(pointer); }
bool is_on_device(const void* pointer) { return DeviceMemory::instance().owns(address_of(pointer)); }

// From the first byte of the first row to the last of the last.
std::size_t extent(const Copy& copy, std::size_t pitch) { return (copy.rows - 1) * pitch + copy.bytes; }

// Whether the range may be what the call says it is.
bool is_valid(const void* begin, std::size_t bytes, bool on_device, std::string_view what) {
  if (is_on_device(begin) != on_device) {
    report(Check::misuse, fmt::format("{} is {:#x}, which is {}", what, address_of(begin),
                                      on_device ? "not on the device" : "on the device"));
    return false;
  }
  if (!on_device) {
    const HostMemory::Block* const block = host_memory().find(begin);
    if (block == nullptr) return begin != nullptr;
    const std::size_t offset =
        static_cast<std::size_t>(static_cast<const std::byte*>(begin) - block->data.get());
    if (bytes <= block->bytes - offset) return true;
    report(Check::bounds,
           fmt::format("{}: {} bytes, {} bytes into {} of pinned memory", what, bytes, offset, block->bytes));
    return false;
  }
  return DeviceMemory::instance().locate(address_of(begin), bytes, what) != nullptr;
}

struct Direction {
  bool from_device, to_device;
};

Direction direction_of(const Copy& copy) {
  if (copy.kind == cudaMemcpyDefault) return {is_on_device(copy.from), is_on_device(copy.to)};
  return {copy.kind == cudaMemcpyDeviceToHost || copy.kind == cudaMemcpyDeviceToDevice,
          copy.kind == cudaMemcpyHostToDevice || copy.kind == cudaMemcpyDeviceToDevice};
}

cudaError_t check(const Copy& copy, const Direction& direction, std::string_view call) {
  if (copy.rows > 1 && (copy.to_pitch < copy.bytes || copy.from_pitch < copy.bytes)) {
    return cudaErrorInvalidPitchValue;
  }
  const bool valid = is_valid(copy.from, extent(copy, copy.from_pitch), direction.from_device,
                              fmt::format("{}: the source", call)) &&
                     is_valid(copy.to, extent(copy, copy.to_pitch), direction.to_device,
                              fmt::format("{}: the destination", call));
  return valid ? cudaSuccess : cudaErrorInvalidValue;
}

// Where the host's side is pinned memory, the device has touched it now.
void touch(const void* pointer, bool writes, std::string_view call) {
  HostMemory::Block* const block = host_memory().find(pointer);
  if (block == nullptr) return;
  if (writes) ++block->writes;
  if (block->being_freed) {
    report(Check::misuse,
           fmt::format("{}: pinned memory was freed, and nobody had waited for the copy", call));
  }
}

cudaError_t move(const Copy& copy, const Direction& direction, std::string_view call) {
  DeviceMemory& memory = DeviceMemory::instance();
  if (!direction.from_device) touch(copy.from, false, call);
  if (!direction.to_device) touch(copy.to, true, call);
  for (std::size_t row = 0; row < copy.rows; ++row) {
    const std::byte* from = static_cast<const std::byte*>(copy.from) + row * copy.from_pitch;
    std::byte* to = static_cast<std::byte*>(copy.to) + row * copy.to_pitch;
    if (direction.from_device) from = memory.readable(address_of(from), copy.bytes);
    if (direction.to_device) to = memory.writable(address_of(to), copy.bytes);
    if (from == nullptr || to == nullptr) return cudaErrorIllegalAddress;  // freed meanwhile
    std::memmove(to, from, copy.bytes);
  }
  if (direction.from_device && !direction.to_device) tally().bytes_to_host += copy.bytes * copy.rows;
  if (!direction.from_device && direction.to_device) tally().bytes_to_device += copy.bytes * copy.rows;
  return cudaSuccess;
}

std::size_t hash_of(const Copy& copy) {
  std::size_t hash = 0;
  for (std::size_t row = 0; row < copy.rows; ++row) {
    const std::string_view bytes(static_cast<const char*>(copy.from) + row * copy.from_pitch, copy.bytes);
    hash = hash * 31 + std::hash<std::string_view>()(bytes);
  }
  return hash;
}

// From pinned memory, which the host must leave alone until the copy is done. (What it wrote there shows in
// what is copied; where that is the same bytes, nobody can tell.)
std::function<cudaError_t()> watched(const Copy& copy, const Direction& direction, std::string call) {
  const std::uint64_t writes = host_memory().find(copy.from)->writes;
  return [=, hash = hash_of(copy), call = std::move(call)] {
    const HostMemory::Block* const block = host_memory().find(copy.from);
    if (block != nullptr && block->writes == writes && hash_of(copy) != hash) {
      report(Check::race, fmt::format("{}: the host has written to the source before it was read", call));
    }
    return move(copy, direction, call);
  };
}

// The bytes are taken now, as the driver does where it cannot read the memory later.
std::function<cudaError_t()> staged(Copy copy, const Direction& direction, std::string call) {
  const auto bytes = std::make_shared<std::vector<std::byte>>(copy.bytes * copy.rows);
  for (std::size_t row = 0; row < copy.rows; ++row) {
    std::memcpy(bytes->data() + row * copy.bytes,
                static_cast<const std::byte*>(copy.from) + row * copy.from_pitch, copy.bytes);
  }
  copy.from = bytes->data();
  copy.from_pitch = copy.bytes;
  return [=, call = std::move(call), owned = bytes] { return move(copy, direction, call); };
}

bool touches_pageable(const Copy& copy, const Direction& direction) {
  return (!direction.from_device && host_memory().find(copy.from) == nullptr) ||
         (!direction.to_device && host_memory().find(copy.to) == nullptr);
}

cudaError_t put(const StreamPtr& stream, const Copy& copy, const Direction& direction,
                std::string_view call) {
  Operation operation{.kind = OperationKind::copy,
                      .name = fmt::format("{} of {} bytes", call, copy.bytes * copy.rows)};
  const bool captured = stream->capture != nullptr;
  if (!direction.from_device && direction.to_device && !captured) {
    operation.run = host_memory().find(copy.from) != nullptr ? watched(copy, direction, operation.name)
                                                             : staged(copy, direction, operation.name);
  } else {
    operation.run = [=, name = operation.name] { return move(copy, direction, name); };
  }
  return submit(*stream, std::move(operation));
}

void wait_for(const StreamPtr& stream) {
  ++tally().waits;
  Queue::instance().finish(stream->last);
}

}  // namespace

cudaError_t copy_async(const StreamPtr& stream, Copy copy, std::string_view call) {
  if (copy.bytes == 0 || copy.rows == 0) return cudaSuccess;
  const Direction direction = direction_of(copy);
  if (const cudaError_t error = check(copy, direction, call); error != cudaSuccess) return error;
  const bool pageable = touches_pageable(copy, direction);
  if (pageable && stream->capture != nullptr) return refuse_of_captured(*stream);
  if (const cudaError_t error = put(stream, copy, direction, call); error != cudaSuccess) return error;
  const bool of_host_alone = !direction.from_device && !direction.to_device;
  const bool waits = of_host_alone || (pageable && !direction.to_device);
  if (waits && stream->capture == nullptr) wait_for(stream);
  return cudaSuccess;
}

cudaError_t copy_blocking(Copy copy, std::string_view call) {
  if (copy.bytes == 0 || copy.rows == 0) return cudaSuccess;
  const Direction direction = direction_of(copy);
  if (const cudaError_t error = check(copy, direction, call); error != cudaSuccess) return error;
  if (const cudaError_t error = refuse_unsafe(); error != cudaSuccess) return error;
  const StreamPtr& stream = legacy_stream();
  const bool stages = !direction.from_device && direction.to_device && touches_pageable(copy, direction);
  // Bytes that are staged may still be on their way when the call returns, and so may what stays on the
  // device: then only what comes later in this stream, or in those that wait for it, comes after.
  if (stages) wait_for(stream);
  if (const cudaError_t error = put(stream, copy, direction, call); error != cudaSuccess) return error;
  if (!stages && !(direction.from_device && direction.to_device)) wait_for(stream);
  return cudaSuccess;
}

cudaError_t fill(Stream& stream, void* to, int value, std::size_t bytes, std::string_view call) {
  if (bytes == 0) return cudaSuccess;
  if (!is_valid(to, bytes, true, fmt::format("{}: the destination", call))) return cudaErrorInvalidValue;
  const auto run = [=] {
    std::byte* const data = DeviceMemory::instance().writable(address_of(to), bytes);
    if (data == nullptr) return cudaErrorIllegalAddress;
    std::memset(data, value, bytes);
    return cudaSuccess;
  };
  return submit(stream, {OperationKind::fill, fmt::format("{} of {} bytes", call, bytes), run});
}

}  // namespace duet::cuda_double
