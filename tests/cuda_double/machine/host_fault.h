// What a host gets that touches device memory: a message, then the segmentation fault that it would have had
// on a machine with a GPU.
#pragma once

namespace duet::cuda_double {

void explain_host_faults();  // from now on; handlers that were there before run afterwards

}  // namespace duet::cuda_double
