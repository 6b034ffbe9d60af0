// Kernels of the CUDA Core Compute Libraries, as a program that sorts and counts brings them along.
#include <thrust/execution_policy.h>
#include <thrust/sort.h>

#include <cstdint>
#include <cub/cub.cuh>

__global__ void block_sum(const float* in, float* sums) {
  using Reduce = cub::BlockReduce<float, 128>;
  __shared__ Reduce::TempStorage storage;
  const float sum = Reduce(storage).Sum(in[blockIdx.x * 128 + threadIdx.x]);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

void sort(void* scratch, std::size_t& bytes, const std::uint64_t* in, std::uint64_t* out, int count) {
  cub::DeviceRadixSort::SortKeys(scratch, bytes, in, out, count);
}

void sort_pairs(void* scratch, std::size_t& bytes, const std::uint32_t* keys, std::uint32_t* sorted,
                const std::uint32_t* values, std::uint32_t* moved, int count) {
  cub::DeviceRadixSort::SortPairs(scratch, bytes, keys, sorted, values, moved, count);
}

void count_floats(void* scratch, std::size_t& bytes, const float* in, int* counts, int count) {
  cub::DeviceHistogram::HistogramEven(scratch, bytes, in, counts, 257, 0.0f, 1.0f, count);
}

void count_bytes(void* scratch, std::size_t& bytes, const std::uint8_t* in, int* counts, int count) {
  cub::DeviceHistogram::HistogramEven(scratch, bytes, in, counts, 257, 0, 256, count);
}

void sort_in_place(std::uint64_t* keys, int count) { thrust::sort(thrust::device, keys, keys + count); }
