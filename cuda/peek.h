// Looks at memory of the device while it works, without waiting: a copy on a stream of its own, by way of
// pinned memory, of which the next look brings what the last one asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/views.h"
#include "cuda/handle.h"
#include "cuda/memory.h"

namespace duet::cuda {

class Peek {
 public:
  // `to` becomes what an earlier call for the same bytes found, or stays as it is where there was none.
  void peek(std::span<std::byte> to, Ptr<const std::byte> from);
  void forget() { wanted_ = false; }  // what earlier calls found

 private:
  Stream stream_;  // made by the first call
  Event arrived_;
  PinnedMemory pinned_;
  std::size_t bytes_ = 0;  // of the copy under way
  bool wanted_ = false;    // by the next look
  Ptr<const std::byte> from_;
};

}  // namespace duet::cuda
