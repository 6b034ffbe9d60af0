// Kernels of test_kernels.cu, as the host knows them: functions whose address is launched.
#pragma once

#include <cuda_runtime_api.h>

namespace duet::cuda_double {

// x[i] = x[i] * by + add, for i < n.
__global__ void scale(float* x, float by, float add, int n);

// What is between the members of a parameter, and of two, is not the kernel's.
struct Mixed {
  char c;
  double d;
  short s;
};
__global__ void unpack(Mixed m, char last, double* to);  // {c, d, s, last}

__global__ void write_identity(int* to);            // by a grid and blocks of three dimensions
__global__ void reverse_in_shared(int* x);          // a block, its threads' ints of dynamic shared memory
__global__ void write_with_bounds(int* to);         // of 64 threads
__global__ void write_with_static_shared(int* to);  // 40 KiB of it

__global__ void read_at(const int* from, int* to);  // wherever that is
__global__ void trap();

// By kernel<<<1, 32, 0, stream>>>(x, n): nothing is returned.
void launch_scale(float* x, float by, int n, cudaStream_t stream);

}  // namespace duet::cuda_double
