#include "tests/cuda_double/ptx/grid.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <deque>

#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double {
namespace ptx {
namespace {

// Instructions of a warp, after which a kernel that changed nothing in memory is taken to spin forever.
constexpr std::uint64_t most_idle = 1 << 25;

// Without its parameters.
std::string readable_name(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), std::free);
  std::string text = name != nullptr ? name.get() : mangled;
  int open = 0;
  while (!text.empty() && (open > 0 || text.back() == ')')) {
    open += text.back() == ')' ? 1 : text.back() == '(' ? -1 : 0;
    text.pop_back();
  }
  return text;
}

std::string text_of(const std::array<std::uint32_t, 3>& place) {
  return fmt::format("({}, {}, {})", place[0], place[1], place[2]);
}

}  // namespace

std::array<std::uint32_t, 3> place_in(const std::array<std::uint32_t, 3>& size, std::uint32_t linear) {
  return {linear % size[0], linear / size[0] % size[1], linear / size[0] / size[1]};
}

RunningGrid::RunningGrid(const Launch& launch) : launch_(launch), code_(*launch.kernel->code) {
  if (follows_accesses()) shadow_ = std::make_unique<KernelShadow>(*Running::now(), blocks());
}

// Blocks run one after another. One that does not end within its turn, since it waits for what another block
// writes, is put aside: all others are begun before it goes on.
void RunningGrid::run() {
  std::deque<std::unique_ptr<Block>> aside;
  for (const std::uint32_t number : order_of(launch_.schedule, blocks(), 0)) {
    auto block = std::make_unique<Block>(*this, number);
    if (!block->run()) aside.push_back(std::move(block));
  }
  while (!aside.empty()) {
    std::unique_ptr<Block> block = std::move(aside.front());
    aside.pop_front();
    if (!block->run()) aside.push_back(std::move(block));
  }
}

std::byte* RunningGrid::take_registers() {
  if (free_registers_.empty()) {
    auto& made = registers_.emplace_back(code_.register_bytes / sizeof(CacheLine) + 1);
    std::byte* const registers = made[0].bytes;
    for (const auto& [at, size, value] : code_.constants) {
      for (int lane = 0; lane < warp_size; ++lane) std::memcpy(registers + at + lane * size, &value, size);
    }
    return registers;
  }
  std::byte* const registers = free_registers_.back();
  free_registers_.pop_back();
  return registers;
}

const Range* RunningGrid::find(Address address, std::size_t bytes) {
  for (const Range& range : ranges_) {
    if (range.contains(address, bytes)) return &range;
  }
  DeviceMemory& memory = DeviceMemory::instance();
  const auto found = memory.find(address);
  if (!found) return nullptr;
  const Range range{found->begin, found->bytes, memory.locate(found->begin, found->bytes)};
  return range.contains(address, bytes) ? &ranges_.emplace_back(range) : nullptr;
}

void RunningGrid::count(int instructions) {
  instructions_ += static_cast<std::uint64_t>(instructions);
  const std::uint64_t idle = instructions_ - memory_changed_at_;
  if (idle < most_idle) return;
  report(Check::barrier,
         fmt::format("kernel {}: it waits for what nobody does: {} instructions of warps, and "
                     "nothing has changed in memory",
                     readable_name(launch_.kernel->name), idle));
  throw Stopped{Ended::timeout};
}

std::string RunningGrid::who(const Warp& warp, const Instruction& instruction, int lane) const {
  const Agent first = warp.agent(instruction);
  return fmt::format("kernel {}, block {}, thread {}, {}:{}", readable_name(launch_.kernel->name),
                     text_of(place_in(launch_.blocks, first.block)),
                     text_of(place_in(launch_.threads, first.thread + static_cast<std::uint32_t>(lane))),
                     first.file, first.line);
}

void RunningGrid::complain(Check check, const Warp& warp, const Instruction& instruction, int lane,
                           std::string_view what) {
  if (!complained_.insert(&instruction).second) return;
  report(check, fmt::format("{}: {}", who(warp, instruction, lane), what));
}

}  // namespace ptx

Ended run_kernel(const Launch& launch) {
  const Code& code = *launch.kernel->code;
  if (!code.unsupported.empty()) {
    report(Check::unsupported,
           fmt::format("kernel {}: {}", ptx::readable_name(launch.kernel->name), code.unsupported));
    return Ended::illegal_instruction;
  }
  try {
    ptx::RunningGrid(launch).run();
  } catch (const ptx::Stopped& stopped) { return stopped.how; }
  return Ended::well;
}

}  // namespace duet::cuda_double
