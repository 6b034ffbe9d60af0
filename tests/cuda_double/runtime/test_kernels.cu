#include "tests/cuda_double/runtime/test_kernels.h"

namespace duet::cuda_double {

__global__ void scale(float* x, float by, float add, int n) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < static_cast<unsigned>(n)) x[i] = x[i] * by + add;
}

__global__ void unpack(Mixed m, char last, double* to) {
  to[0] = m.c;
  to[1] = m.d;
  to[2] = m.s;
  to[3] = last;
}

__global__ void write_identity(int* to) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  to[block * threads + thread] = static_cast<int>(block * threads + thread);
}

__global__ void reverse_in_shared(int* x) {
  extern __shared__ int shared[];
  shared[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

__global__ void __launch_bounds__(64) write_with_bounds(int* to) { to[threadIdx.x] = 1; }

__global__ void write_with_static_shared(int* to) {
  __shared__ int shared[10 << 10];
  shared[threadIdx.x] = 1;
  __syncthreads();
  to[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

__global__ void read_at(const int* from, int* to) { *to = *from; }
__global__ void trap() { __trap(); }

void launch_scale(float* x, float by, int n, cudaStream_t stream) {
  scale<<<1, 32, 0, stream>>>(x, by, 0, n);
}

}  // namespace duet::cuda_double
