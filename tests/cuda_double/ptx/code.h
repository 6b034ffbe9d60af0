// A kernel as the interpreter runs it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace duet::cuda_double {
namespace ptx {

constexpr int warp_size = 32;

class Warp;
struct Instruction;
using Run = void (*)(Warp&, const Instruction&);  // for the active lanes of a warp

// What the scheduler of a warp must know of an instruction; all others just run.
enum class Flow : std::uint8_t { none, branch, indexed_branch, exit, trap, warp_sync, barrier };

enum class Space : std::uint8_t { generic, global, shared, local, param };

// How the memory model sees an access.
enum class Order : std::uint8_t { weak, relaxed, release, acquire, acq_rel };

// What bar.red makes of the predicates of all threads.
enum class Reduction : std::uint8_t { none, all, any, count };

constexpr std::uint32_t no_register = ~0u;
using Registers = std::array<std::uint32_t, 14>;  // as many as mma has

struct Instruction {
  Run run = nullptr;
  // Registers, as offsets in bytes into the warp's: results first, then sources.
  Registers at{};
  std::uint32_t guard = no_register;    // a predicate: only where it holds
  std::uint32_t members = no_register;  // of warp_sync: the lanes that take part
  bool guard_negated = false;
  Flow flow = Flow::none;
  Space space{};
  Order order{};
  Reduction reduction{};
  bool device_wide = false;     // the order holds beyond the block
  bool narrow_address = false;  // 32 bits
  bool is_plain_sync = false;   // bar.warp.sync: lanes may meet in it at different places
  bool aligned = false;         // of a barrier: threads may not
  std::uint8_t elements = 1;    // of a vector in memory
  std::uint8_t bytes = 0;       // of an access, all elements
  std::int64_t value = 0;       // offset of an address, target of a branch, table of lop3 ...
  std::uint32_t place = 0;      // in the source, or 0
  std::int32_t ptx_line = 0;
};

// Registers that hold the same in every lane, from the beginning on.
struct Constant {
  std::uint32_t at;
  std::uint8_t size;
  std::uint64_t value;
};

struct SourcePlace {
  std::string file;
  int line = 0;
};

enum class Special : std::uint8_t {
  tid_x,
  tid_y,
  tid_z,
  ntid_x,
  ntid_y,
  ntid_z,
  ctaid_x,
  ctaid_y,
  ctaid_z,
  nctaid_x,
  nctaid_y,
  nctaid_z,
  laneid,
  warpid,
  smid,
  lanemask_eq,
  lanemask_lt,
  lanemask_le,
  lanemask_gt,
  lanemask_ge,
  dynamic_smem_size,
  total_smem_size,
  dynamic_shared,  // where extern __shared__ begins
};
struct SpecialRegister {
  std::uint32_t at;
  std::uint8_t size;
  Special what;
};

}  // namespace ptx

struct Code {
  std::vector<ptx::Instruction> instructions;
  std::vector<ptx::Constant> constants;
  std::vector<ptx::SpecialRegister> specials;
  std::size_t register_bytes = 0;                               // of a warp
  std::size_t static_shared = 0;                                // extern __shared__ begins behind it
  std::size_t local_bytes = 0;                                  // of a thread
  std::shared_ptr<const std::vector<ptx::SourcePlace>> places;  // of the module, by their numbers
  std::string unsupported;  // the first instruction that is not known, or empty
};

}  // namespace duet::cuda_double
