// Products of tensor cores in TF32: each lane's fragments as they are in memory, and matrices by way of
// shared memory, as a kernel has them.
#include <cstdint>

__device__ std::uint32_t tf32(float value) {
  std::uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
  return bits;
}

__device__ void multiply_add(float4& d, const uint4& a, const uint2& b) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(d.x), "+f"(d.y), "+f"(d.z), "+f"(d.w)
      : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));
}

template <bool converts>
__device__ std::uint32_t operand(float value) {
  return converts ? tf32(value) : __float_as_uint(value);
}

// Of each lane its fragments; lanes from `lanes` on stay away.
template <bool converts_a, bool converts_b>
__global__ void fragments(const float4* __restrict__ a, const float2* __restrict__ b,
                          const float4* __restrict__ c, float4* d, unsigned lanes) {
  const unsigned lane = threadIdx.x;
  const float4 of_a = a[lane];
  const float2 of_b = b[lane];
  float4 of_d = c[lane];
  if (lane < lanes) {
    multiply_add(of_d,
                 {operand<converts_a>(of_a.x), operand<converts_a>(of_a.y), operand<converts_a>(of_a.z),
                  operand<converts_a>(of_a.w)},
                 {operand<converts_b>(of_b.x), operand<converts_b>(of_b.y)});
  }
  d[lane] = of_d;
}
template __global__ void fragments<true, true>(const float4*, const float2*, const float4*, float4*,
                                               unsigned);
template __global__ void fragments<true, false>(const float4*, const float2*, const float4*, float4*,
                                                unsigned);
template __global__ void fragments<false, true>(const float4*, const float2*, const float4*, float4*,
                                                unsigned);

// d (16 x 8) = a (16 x 64) * b (64 x 8), all in rows.
constexpr unsigned depth = 64;
__global__ void matrices(const float4* __restrict__ a, const float4* __restrict__ b, float2* d) {
  __shared__ float4 in_shared_a[16 * depth / 4], in_shared_b[depth * 8 / 4];
  for (unsigned i = threadIdx.x; i < 16 * depth / 4; i += 32) in_shared_a[i] = a[i];
  for (unsigned i = threadIdx.x; i < depth * 8 / 4; i += 32) in_shared_b[i] = b[i];
  __syncwarp();
  const float* const rows_of_a = &in_shared_a[0].x;
  const float* const rows_of_b = &in_shared_b[0].x;
  const unsigned group = threadIdx.x / 4, in_group = threadIdx.x % 4;
  float4 sums{};
  for (unsigned k = 0; k < depth; k += 8) {
    const auto at_a = [&](unsigned row, unsigned col) { return tf32(rows_of_a[row * depth + k + col]); };
    const auto at_b = [&](unsigned row) { return tf32(rows_of_b[(k + row) * 8 + group]); };
    multiply_add(sums,
                 {at_a(group, in_group), at_a(group + 8, in_group), at_a(group, in_group + 4),
                  at_a(group + 8, in_group + 4)},
                 {at_b(in_group), at_b(in_group + 4)});
  }
  d[group * 4 + in_group] = {sums.x, sums.y};
  d[(group + 8) * 4 + in_group] = {sums.z, sums.w};
}
