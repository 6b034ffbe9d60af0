// Kernels that are wrong on purpose, one defect each, and beside each the same without it: what the double
// must find, and what it must not speak of.
#include <cstdint>

// Every thread reads what another has written.
template <bool right>
__global__ void barrier_between(const float* in, float* out) {
  __shared__ float row[256];
  row[threadIdx.x] = 0;
  __syncthreads();
  row[threadIdx.x] = in[threadIdx.x];
  if (right) __syncthreads();
  out[threadIdx.x] = row[255 - threadIdx.x];
}

// The next round writes what others may still read.
template <bool right>
__global__ void barrier_of_a_loop(const float* in, float* out) {
  __shared__ float row[64];
  for (int k = 0; k < 3; ++k) {
    row[threadIdx.x] = in[threadIdx.x] + static_cast<float>(k);
    __syncthreads();
    out[k * 64 + threadIdx.x] = row[63 - threadIdx.x];
    if (right) __syncthreads();
  }
}

// Lanes of a warp are in no order either, since Volta.
template <bool right>
__global__ void barrier_of_a_warp(const float* in, float* out) {
  __shared__ float row[32];
  row[threadIdx.x] = in[threadIdx.x];
  if (right) __syncwarp();
  out[threadIdx.x] = row[threadIdx.x ^ 1];
}

// A shuffle makes lanes meet, but orders nothing in memory.
template <bool right>
__global__ void shuffle_for_a_barrier(const float* in, float* out) {
  __shared__ float row[32];
  row[threadIdx.x] = in[threadIdx.x];
  const float other = __shfl_xor_sync(0xffffffffu, in[threadIdx.x], 2);
  if (right) __syncwarp();
  out[threadIdx.x] = row[threadIdx.x ^ 1] + other;
}

template <bool right>
__global__ void shared_bounds(const float* in, float* out) {
  __shared__ float row[64];
  row[threadIdx.x + (right ? 0 : 1)] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = row[threadIdx.x] + row[63];
}

template <bool right>
__global__ void global_bounds(const float* in, float* out, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (right ? i < count : i <= count) out[i] = in[i];
}

extern __shared__ float dynamic[];
template <bool right>
__global__ void dynamic_bounds(float* out) {  // started with room for 64 floats
  dynamic[threadIdx.x * (right ? 1 : 2)] = 1;
  __syncthreads();
  out[threadIdx.x] = dynamic[0];
}

template <bool right>
__global__ void unwritten_shared(float* out) {
  __shared__ float row[64];
  if (right || threadIdx.x < 32) row[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = row[63 - threadIdx.x];
}

template <bool right>
__global__ void unwritten_global(float* scratch, float* out) {
  if (right) scratch[threadIdx.x] = 1;
  out[threadIdx.x] = scratch[threadIdx.x];
}

// Half of the block is gone when the rest waits.
template <bool right>
__global__ void barrier_for_some(float* out) {
  __shared__ float row[64];
  row[threadIdx.x] = 1;
  if (!right && threadIdx.x >= 40) return;
  __syncthreads();
  out[threadIdx.x] = row[threadIdx.x];
}

template <bool right>
__global__ void shuffle_of_the_gone(const float* in, float* out, int count) {
  const int i = static_cast<int>(threadIdx.x);
  if (!right && i >= count) return;
  float sum = i < count ? in[i] : 0;
  for (int distance = 16; distance > 0; distance /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  if (i == 0) *out = sum;
}

template <bool right>
__global__ void shuffle_in_a_branch(const float* in, float* out) {
  float value = in[threadIdx.x];
  if (threadIdx.x % 2 == 1) value += __shfl_xor_sync(right ? 0xaaaaaaaau : 0xffffffffu, value, 2);
  out[threadIdx.x] = value;
}

template <bool right>
__global__ void sum_of_blocks(const float* in, float* sum) {
  if (right) {
    atomicAdd(sum, in[blockIdx.x]);
  } else {
    *sum += in[blockIdx.x];
  }
}

template <bool right>
__global__ void four_at_once(const float* in, float* out) {
  const float4 four = *reinterpret_cast<const float4*>(in + (right ? 4 : 1));
  *out = four.x + four.y + four.z + four.w;
}

__global__ void copied(const float* in, float* out) { out[threadIdx.x] = in[threadIdx.x]; }

// The last block to come adds what all have left.
template <bool right>
__global__ void last_block(const float* in, float* parts, unsigned* arrived, float* sum) {
  parts[blockIdx.x] = in[blockIdx.x] * 2;
  if (right) __threadfence();
  if (atomicAdd(arrived, 1u) != gridDim.x - 1) return;
  __threadfence();
  float all = 0;
  for (unsigned i = 0; i < gridDim.x; ++i) all += parts[i];
  *sum = all;
}

template <bool right>
void use() {
  void* const kernels[] = {reinterpret_cast<void*>(barrier_between<right>),
                           reinterpret_cast<void*>(barrier_of_a_loop<right>),
                           reinterpret_cast<void*>(barrier_of_a_warp<right>),
                           reinterpret_cast<void*>(shuffle_for_a_barrier<right>),
                           reinterpret_cast<void*>(shared_bounds<right>),
                           reinterpret_cast<void*>(global_bounds<right>),
                           reinterpret_cast<void*>(dynamic_bounds<right>),
                           reinterpret_cast<void*>(unwritten_shared<right>),
                           reinterpret_cast<void*>(unwritten_global<right>),
                           reinterpret_cast<void*>(barrier_for_some<right>),
                           reinterpret_cast<void*>(shuffle_of_the_gone<right>),
                           reinterpret_cast<void*>(shuffle_in_a_branch<right>),
                           reinterpret_cast<void*>(sum_of_blocks<right>),
                           reinterpret_cast<void*>(four_at_once<right>),
                           reinterpret_cast<void*>(last_block<right>)};
  static_cast<void>(kernels);
}
template void use<true>();
template void use<false>();
