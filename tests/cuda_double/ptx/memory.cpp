#include "tests/cuda_double/ptx/memory.h"

#include <fmt/format.h>

#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

using Addresses = std::array<Address, warp_size>;
using Places = std::array<std::byte*, warp_size>;

// Of memory of `size` bytes, whose addresses begin at 0.
bool fits(Address address, std::size_t bytes, std::size_t size) {
  return bytes <= size && address <= size - bytes;
}
[[noreturn]] void stop(Warp& warp, const Instruction& instruction, int lane, Address address,
                       std::size_t size, std::string_view memory) {
  warp.block().grid().complain(Check::bounds, warp, instruction, lane,
                               fmt::format("{} bytes at {} of {} of {}", instruction.bytes,
                                           static_cast<std::int64_t>(address), size, memory));
  throw Stopped{Ended::illegal_address};
}

void check_alignment(Warp& warp, const Instruction& instruction, const Addresses& addresses) {
  Address bits = 0;
  warp.each_active([&](int lane) { bits |= addresses[lane]; });
  if ((bits & (instruction.bytes - 1u)) == 0) return;  // sizes are powers of two
  warp.each_active([&](int lane) {
    if (addresses[lane] % instruction.bytes == 0) return;
    warp.block().grid().complain(Check::misaligned, warp, instruction, lane,
                                 fmt::format("{} bytes at {:#x}", instruction.bytes, addresses[lane]));
    throw Stopped{Ended::misaligned_address};
  });
}

void locate_in_device(Warp& warp, const Instruction& instruction, LaneMask lanes, AccessKind kind,
                      const Addresses& addresses, Places& places) {
  RunningGrid& grid = warp.block().grid();
  const Range* range = nullptr;
  each_lane(lanes, [&](int lane) {
    if (range == nullptr || !range->contains(addresses[lane], instruction.bytes)) {
      range = grid.find(addresses[lane], instruction.bytes);
    }
    if (range != nullptr) {
      places[lane] = range->storage + (addresses[lane] - range->begin);
      return;
    }
    DeviceMemory::instance().locate(addresses[lane], instruction.bytes, grid.who(warp, instruction, lane));
    throw Stopped{Ended::illegal_address};
  });
  if (grid.shadow() == nullptr) return;
  grid.shadow()->access_warp(kind, lanes, addresses.data(), instruction.bytes, warp.agent(instruction));
}

void locate_in_shared(Warp& warp, const Instruction& instruction, LaneMask lanes, AccessKind kind,
                      const Addresses& addresses, Places& places) {
  Block& block = warp.block();
  each_lane(lanes, [&](int lane) {
    places[lane] = block.shared() + addresses[lane];
    if (!fits(addresses[lane], instruction.bytes, block.shared_bytes())) {
      stop(warp, instruction, lane, addresses[lane], block.shared_bytes(), "shared memory");
    }
  });
  if (block.shadow() == nullptr) return;
  block.shadow()->access_warp(kind, lanes, addresses.data(), instruction.bytes, warp.agent(instruction));
}

// A thread's own memory, and the parameters, which are only read: no other thread is in the way there.
void locate_in_own(Warp& warp, const Instruction& instruction, LaneMask lanes, Space space, AccessKind kind,
                   const Addresses& addresses, Places& places) {
  RunningGrid& grid = warp.block().grid();
  const bool is_local = space == Space::local;
  const std::size_t size = is_local ? grid.code().local_bytes : grid.launch().parameters.size();
  each_lane(lanes, [&](int lane) {
    if (!fits(addresses[lane], instruction.bytes, size) || (!is_local && writes(kind))) {
      stop(warp, instruction, lane, addresses[lane], size, is_local ? "local memory" : "the parameters");
    }
    std::byte* const begin =
        is_local ? warp.local(lane) : const_cast<std::byte*>(grid.launch().parameters.data());
    places[lane] = begin + addresses[lane];
  });
}

void locate_in(Space space, Warp& warp, const Instruction& instruction, LaneMask lanes, AccessKind kind,
               const Addresses& addresses, Places& places) {
  if (space == Space::global) {
    locate_in_device(warp, instruction, lanes, kind, addresses, places);
  } else if (space == Space::shared) {
    locate_in_shared(warp, instruction, lanes, kind, addresses, places);
  } else {
    locate_in_own(warp, instruction, lanes, space, kind, addresses, places);
  }
}

// Lanes may each mean another memory.
void locate_generic(Warp& warp, const Instruction& instruction, AccessKind kind, Addresses& addresses,
                    Places& places) {
  for (const Space space : {Space::global, Space::shared, Space::local, Space::param}) {
    LaneMask lanes = 0;
    warp.each_active([&](int lane) {
      if (space_of(addresses[lane]) == space) lanes |= LaneMask{1} << lane;
    });
    if (lanes == 0) continue;
    Addresses inside = addresses;
    each_lane(lanes, [&](int lane) { inside[lane] -= window_of(space); });
    locate_in(space, warp, instruction, lanes, kind, inside, places);
  }
}

}  // namespace

std::array<std::byte*, warp_size> locate(Warp& warp, const Instruction& instruction, std::uint32_t base,
                                         AccessKind kind) {
  Addresses addresses;
  Places places;
  const auto offset = static_cast<Address>(instruction.value);
  if (instruction.narrow_address) {
    const auto* const from = warp.at<std::uint32_t>(base);
    warp.each_active([&](int lane) { addresses[lane] = static_cast<std::uint32_t>(from[lane] + offset); });
  } else {
    const auto* const from = warp.at<Address>(base);
    warp.each_active([&](int lane) { addresses[lane] = from[lane] + offset; });
  }
  check_alignment(warp, instruction, addresses);
  if (instruction.space == Space::generic) {
    locate_generic(warp, instruction, kind, addresses, places);
  } else {
    locate_in(instruction.space, warp, instruction, warp.active(), kind, addresses, places);
  }
  return places;
}

}  // namespace duet::cuda_double::ptx
