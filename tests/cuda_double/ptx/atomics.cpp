// atom and red: read, changed and written back before anyone else comes. Lanes come in their order.
#include <cstring>

#include "tests/cuda_double/ptx/access.h"
#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/memory.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/operations.h"
#include "tests/cuda_double/ptx/running_grid.h"

namespace duet::cuda_double::ptx {
namespace {

// Of what is there and b alone.
template <class Op>
struct OfTwo {
  auto operator()(auto old, auto b, auto) const { return Op{}(old, b); }
};
struct Exchange {
  auto operator()(auto, auto b, auto) const { return b; }
};
struct CompareAndSwap {
  auto operator()(auto old, auto b, auto c) const { return old == b ? c : old; }
};
// Round in 0 .. b
struct Increment {
  template <class T>
  T operator()(T old, T b, T) const {
    return old >= b ? 0 : old + 1;
  }
};
struct Decrement {
  template <class T>
  T operator()(T old, T b, T) const {
    return old == 0 || old > b ? b : old - 1;
  }
};

// at: old value, address, b, c
template <class Op, class T>
void atomic(Warp& warp, const Instruction& instruction) {
  const bool releases = instruction.order == Order::release || instruction.order == Order::acq_rel;
  const bool acquires = instruction.order == Order::acquire || instruction.order == Order::acq_rel;
  if (releases) fence(warp, instruction);
  const auto places = locate(warp, instruction, instruction.at[1], AccessKind::atomic);
  T* const d = warp.at<T>(instruction.at[0]);
  const T *const b = warp.at<T>(instruction.at[2]), *const c = warp.at<T>(instruction.at[3]);
  warp.each_active([&](int lane) {
    T old;
    std::memcpy(&old, places[lane], sizeof old);
    const auto fresh = static_cast<T>(Op{}(old, b[lane], c[lane]));
    // The bits, of NaN too. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
    if (std::memcmp(&fresh, &old, sizeof old) != 0) warp.block().grid().changed_memory();
    std::memcpy(places[lane], &fresh, sizeof fresh);
    d[lane] = old;
  });
  if (acquires) fence(warp, instruction);
}

using Make = Run (*)(Type);
template <class Op, class... Ts>
Run make(Type type) {
  return with_type<Ts...>(type, []<class T>(T) -> Run { return atomic<Op, T>; });
}
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

void build_atomic(Line& line) {
  const bool gives_old = line.opcode() == "atom";
  Access access = take_access(line, Order::relaxed);
  const bool swaps = line.take("cas");
  const Make make_run = swaps ? make<CompareAndSwap, std::uint16_t, U32, U64>
                              : line.take_one<Make>({{"add", make<OfTwo<Add>, U32, S32, U64, float, double>},
                                                     {"min", make<OfTwo<Minimum>, U32, S32, U64, S64>},
                                                     {"max", make<OfTwo<Maximum>, U32, S32, U64, S64>},
                                                     {"and", make<OfTwo<And>, U32, U64>},
                                                     {"or", make<OfTwo<Or>, U32, U64>},
                                                     {"xor", make<OfTwo<Xor>, U32, U64>},
                                                     {"exch", make<Exchange, U32, U64>},
                                                     {"inc", make<Increment, U32>},
                                                     {"dec", make<Decrement, U32>}});
  const Type type = line.take_type();
  const std::size_t first = gives_old ? 1 : 0;
  const std::uint32_t old = gives_old ? line.destination(0, type) : line.temporary(type);
  take_address(line, first, access);
  const std::uint32_t b = line.source(first + 1, type), c = swaps ? line.source(first + 2, type) : b;
  access.set(line.emit(make_run(type), {old, access.base, b, c}), 1, type);
}

constexpr Opcode opcodes[] = {{"atom", build_atomic}, {"red", build_atomic}};

}  // namespace

std::span<const Opcode> atomic_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
