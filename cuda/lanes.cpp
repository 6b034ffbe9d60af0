#include "cuda/lanes.h"

namespace duet::cuda {

Lanes::Lanes(std::size_t workspace_bytes) : workspace_bytes_(workspace_bytes) {
  for (int lane = 0; lane < count; ++lane) {
    streams_[lane] = new_stream();
    workspaces_[lane] = allocate_device(workspace_bytes);
  }
}

Lane Lanes::operator[](int lane) const {
  return {streams_[lane].get(), workspaces_[lane].get(), workspace_bytes_};
}

}  // namespace duet::cuda
