#include "tests/cuda_double/machine/shadow.h"

#include <fmt/format.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "tests/cuda_double/machine/device_shadow.h"

namespace duet::cuda_double {
namespace {

std::atomic<bool>& following() {
  static std::atomic<bool> follow = [] {
    const char* const text = std::getenv("DUET_DOUBLE_CHECKS");
    const std::string_view checks = text != nullptr ? text : "on";
    if (checks != "on" && checks != "off") {
      throw std::runtime_error(fmt::format("DUET_DOUBLE_CHECKS='{}' is neither on nor off", checks));
    }
    return checks == "on";
  }();
  return follow;
}

// access(lane, what lane does now) for the lanes that take part.
template <class Visit>
void for_lanes(Run& run, std::uint32_t lanes, const Agent& first, Visit&& visit) {
  Run::Now now = run.now(first);
  for (std::uint32_t left = lanes; left != 0; left &= left - 1) {
    now.access.lane = static_cast<std::uint8_t>(std::countr_zero(left));
    visit(now.access.lane, now);
  }
}

}  // namespace

struct KernelShadow::State {
  Run run;
  void access(AccessKind kind, Address address, std::size_t bytes, const Run::Now& now) {
    DeviceShadow::access(run, kind, address, bytes, now);
    if (is_atomic(kind)) run.atomic(kind, address, now);
  }
};

KernelShadow::KernelShadow(const Work& work, std::uint32_t blocks)
    : state_(new State{Run(work, Timeline::begin(work.number), blocks)}) {}

KernelShadow::~KernelShadow() { Timeline::end(state_->run.next()); }

void KernelShadow::access(AccessKind kind, Address address, std::size_t bytes, const Agent& agent) {
  if (follows_accesses()) state_->access(kind, address, bytes, state_->run.now(agent));
}

void KernelShadow::access_warp(AccessKind kind, std::uint32_t lanes, const Address* addresses,
                               std::size_t bytes, const Agent& first) {
  if (!follows_accesses()) return;
  for_lanes(state_->run, lanes, first, [&](std::uint8_t lane, const Run::Now& now) {
    state_->access(kind, addresses[lane], bytes, now);
  });
}

void KernelShadow::fence(const Agent& agent) {
  if (follows_accesses()) state_->run.fence(agent);
}

struct SharedShadow::State {
  State(const Work& work, std::size_t bytes)
      : run(work, 1, 1), words((bytes + Cells::word - 1) / Cells::word), cells(words.data()) {}
  Run run;
  std::vector<Cell> words;
  Cells cells;
  void access(AccessKind kind, std::size_t offset, std::size_t bytes, const Run::Now& now) {
    run.access(cells, kind, offset, bytes, now,
               [](std::size_t at) { return fmt::format("{} bytes into shared memory", at); });
  }
};

SharedShadow::SharedShadow(const Work& work, std::size_t bytes) : state_(new State(work, bytes)) {}
SharedShadow::~SharedShadow() = default;

void SharedShadow::access(AccessKind kind, std::size_t offset, std::size_t bytes, const Agent& agent) {
  if (follows_accesses()) state_->access(kind, offset, bytes, state_->run.now(agent));
}

void SharedShadow::access_warp(AccessKind kind, std::uint32_t lanes, const std::size_t* offsets,
                               std::size_t bytes, const Agent& first) {
  if (!follows_accesses()) return;
  for_lanes(state_->run, lanes, first,
            [&](std::uint8_t lane, const Run::Now& now) { state_->access(kind, offsets[lane], bytes, now); });
}

bool follows_accesses() { return following().load(std::memory_order_relaxed); }

// What was written while nobody looked is unknown: all memory that there is then counts as written.
void set_follows_accesses(bool follow) {
  if (following().exchange(follow) != follow && follow) DeviceShadow::trust(DeviceMemory::instance().end());
}

}  // namespace duet::cuda_double
