// What each word (4 bytes) of device memory has seen: whether it was written, by whom last, and who read it
// since. From that, uninitialised reads and races: between threads of a block, between blocks, between works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/work.h"

namespace duet::cuda_double {

// A thread of the kernel that runs, as it makes an access. Two accesses of a word, one of them a write and
// not both atomic, are in order if
// - they are of one thread;
// - they are of one block, and a barrier of the block is between them (`barriers`), or they are of one warp,
//   and a barrier of the warp is between them (`warp_syncs`; a shuffle orders nothing in memory);
// - they are of two blocks, and a chain leads from one to the other: the earlier access, a fence, an atomic
//   operation on some word; then, later, an atomic operation of the other block on that word, a fence, the
//   later access. What is not of one thread in it is in order by barriers;
// - they are of two works in order.
struct Agent {
  std::uint32_t block = 0, thread = 0;  // linear; a thread in its block
  std::uint32_t barriers = 0;           // that its block has passed
  std::uint32_t warp_syncs = 0;         // that its warp has passed
  const char* file = nullptr;           // of the instruction, where the PTX has it
  int line = 0;
};

// Loads and stores that are strong (volatile, relaxed, acquire, release) are atomic too, and do half of what
// an atomic operation does.
enum class AccessKind { load, store, atomic, atomic_load, atomic_store };
constexpr bool is_atomic(AccessKind kind) { return kind >= AccessKind::atomic; }
constexpr bool reads(AccessKind kind) {
  return kind != AccessKind::store && kind != AccessKind::atomic_store;
}
constexpr bool writes(AccessKind kind) { return kind != AccessKind::load && kind != AccessKind::atomic_load; }

// Of one kernel's run: made when it begins, gone when it ends. Not for use by two threads.
class KernelShadow {
 public:
  KernelShadow(const Work& work, std::uint32_t blocks);
  ~KernelShadow();
  KernelShadow(const KernelShadow&) = delete;
  KernelShadow& operator=(const KernelShadow&) = delete;

  // Of device memory; the range was located before. Reports what is wrong.
  void access(AccessKind kind, Address address, std::size_t bytes, const Agent& agent);
  // The same for a warp in lockstep, and faster: lane i, where bit i of `lanes` is set, at addresses[i].
  // `first` is its lane 0, whether or not that takes part.
  void access_warp(AccessKind kind, std::uint32_t lanes, const Address* addresses, std::size_t bytes,
                   const Agent& first);
  // A fence (membar.gl, fence.acq_rel.gpu) of the agent. Atomics that order by themselves (atom.acq_rel) are
  // a fence, an atomic operation, and a fence.
  void fence(const Agent& agent);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Shared memory of one block: the same rules within it, addresses from 0. All of it is unwritten when the
// block begins.
class SharedShadow {
 public:
  SharedShadow(const Work& work, std::size_t bytes);
  ~SharedShadow();
  SharedShadow(const SharedShadow&) = delete;
  SharedShadow& operator=(const SharedShadow&) = delete;
  void access(AccessKind kind, std::size_t offset, std::size_t bytes, const Agent& agent);
  void access_warp(AccessKind kind, std::uint32_t lanes, const std::size_t* offsets, std::size_t bytes,
                   const Agent& first);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether accesses are followed at all (DUET_DOUBLE_CHECKS=off leaves bounds only, and is three times as
// fast).
bool follows_accesses();
void set_follows_accesses(bool follow);

}  // namespace duet::cuda_double
