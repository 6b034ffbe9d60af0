// What the doubles of the libraries (cuBLASLt, cuDNN) ask of the runtime's, with which they share the
// process.
#pragma once

#include <driver_types.h>

#include <functional>
#include <string>
#include <string_view>

namespace duet::cuda_double {

// Every call of every double's API begins with this: counts it, and says whether it is the one that is to
// fail (control.h). A call that fails this way has done nothing.
bool fails_by_injection(std::string_view call);

// A library's call in a stream: run when its turn comes, or captured, and then run at each replay. So it
// holds by value all that it needs. It touches device memory through DeviceMemory::readable and writable
// only.
struct LibraryCall {
  std::string name;                  // for reports: "cublasLtMatmul 128 x 700 x 784"
  std::function<cudaError_t()> run;  // an error is the stream's, as a kernel's would be
  double microseconds = 1;           // that it takes by the device's clock
};
cudaError_t enqueue(cudaStream_t stream, LibraryCall call);

// What a library does that no stream may be captured beside, in whatever mode: what is captured is lost.
void invalidate_captures();

// A handle or descriptor of a library was made (1) or given back (-1).
void count_handle(int change);

int multiprocessors();     // of the device that the double plays
int compute_capability();  // 75 .. 120, by DUET_DOUBLE_ARCH

}  // namespace duet::cuda_double
