// The two streams that a step's work is spread over, each with the memory that the products in it may use.
#pragma once

#include <array>
#include <cstddef>

#include "cuda/handle.h"
#include "cuda/memory.h"

namespace duet::cuda {

struct Lane {
  cudaStream_t stream;
  void* workspace;
  std::size_t workspace_bytes;
};

class Lanes {
 public:
  static constexpr int count =
      2;  // the longest chain of a step runs in the first, what is beside it in the second
  explicit Lanes(std::size_t workspace_bytes);
  Lane operator[](int lane) const;
  std::size_t workspace_bytes() const { return workspace_bytes_; }  // of each lane
  cudaStream_t main() const { return streams_[0].get(); }

 private:
  std::array<Stream, count> streams_;
  std::array<DeviceMemory, count> workspaces_;
  std::size_t workspace_bytes_;
};

}  // namespace duet::cuda
