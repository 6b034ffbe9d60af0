// What nvcc puts into a program for each file of kernels: images, each machine code for one architecture or
// PTX.
#pragma once

#include <string>

namespace duet::cuda_double {

struct Ptx {
  int target = 0;    // 75 of sm_75; 0: there is none that the device could run
  std::string text;  // unpacked
};

// The newest PTX that a device of `architecture` can run, of what __cudaRegisterFatBinary is given. Throws
// std::runtime_error where it is packed and cannot be unpacked.
Ptx find_ptx(const void* wrapper, int architecture);

}  // namespace duet::cuda_double
