// A block's tile of a product d = a b in TF32, by the tensor cores of compute capability 8.0 and later. Made
// for the small products of a training step, which wait for memory more than they multiply: fragments come
// straight from L2 to registers, 16 bytes a lane, and the warps of a block share the depth among them, so
// that everything a warp reads is soon on its way.
#pragma once

#include <cstdint>

#include "cuda/kernels/warp.cuh"

namespace duet::cuda {

// Rounds to the nearest of the numbers that the tensor cores know, which drop the last 13 bits.
__device__ inline std::uint32_t tf32_of(float x) {
  std::uint32_t rounded = 0;
#if __CUDA_ARCH__ >= 800
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
#endif
  return rounded;
}

// Where a factor's elements come from: four neighbours in a line of memory at a time, as they lie there until
// they are multiplied, so that nothing waits for them before.

// A matrix whose rows start on 64 bytes and are padded with zeros.
struct TileMatrix {
  using Four = float4;
  const float* data;
  int ld;
  __device__ Four four(int line, int first) const {
    return *reinterpret_cast<const float4*>(data + std::int64_t{line} * ld + first);
  }
  __device__ static std::uint32_t value(const Four& four, int i) {
    return tf32_of(i == 0 ? four.x : i == 1 ? four.y : i == 2 ? four.z : four.w);
  }
};

// The pixels of a batch, undivided: TF32 has all of 0 .. 255. Lines start on four bytes.
struct TilePixels {
  using Four = std::uint32_t;
  const std::uint8_t* pixels;     // (examples, cols)
  const std::uint32_t* examples;  // of the batch's rows, in shared memory
  int cols;
  __device__ Four four(int line, int first) const {
    return *reinterpret_cast<const std::uint32_t*>(pixels + std::int64_t{examples[line]} * cols + first);
  }
  __device__ static std::uint32_t value(Four four, int i) {
    return __float_as_uint(static_cast<float>(four >> (8 * i) & 0xffu));
  }
};

// Of a: rows by depth. Of b: columns by depth. Both sides of memory's lines are multiples of four, or padded
// to one.
template <class Source>
struct TileFactor {
  Source source;
  int outer, depth;
};

// Which of the two a line of memory runs along.
enum class Along { depth, outer };

// Lanes in eight groups of four, as the tensor cores deal out elements: a group is at one place of the outer
// side, its lanes are at different places of the depth.
__device__ inline int group_of_lanes() { return static_cast<int>(threadIdx.x) % warp_size / 4; }
__device__ inline int lane_of_group() { return static_cast<int>(threadIdx.x) % 4; }

// In a tile, of a's row or b's column `index` (0..7) of slot `slot`. Where lines run along the outer side,
// slots are neighbours.
template <Along along>
__device__ inline int outer_of(int slot, int index) {
  return along == Along::depth ? 8 * slot + index : 4 * index + slot;
}

// Of 32 rows of a, or columns of b, a lane has four, its slots, at four places of the depth.
template <Along along, class Source>
class Fragment {
 public:
  static constexpr int depth = 16;  // of a warp's fragment

  // What is outside is zero.
  __device__ void load(const TileFactor<Source>& from, int first_outer, int first_depth) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int line = along == Along::depth ? first_outer + outer_of<along>(i, group_of_lanes())
                                             : first_depth + 4 * lane_of_group() + i;
      const int first = along == Along::depth ? first_depth + 4 * lane_of_group()
                                              : first_outer + outer_of<along>(0, group_of_lanes());
      const bool there = line < (along == Along::depth ? from.outer : from.depth) &&
                         first < (along == Along::depth ? from.depth : from.outer);
      lines_[i] = there ? from.source.four(line, first) : typename Source::Four{};
    }
  }
  __device__ std::uint32_t at(int slot, int place) const {
    return along == Along::depth ? Source::value(lines_[slot], place) : Source::value(lines_[place], slot);
  }

 private:
  typename Source::Four lines_[4];
};

// d (16, 8) += a (16, 8) b (8, 8). Whose lane has which element: the PTX ISA, "Matrix Fragments for
// mma.m16n8k8".
__device__ inline void multiply_add(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 800
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, "
      "%1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  __trap();  // the host asks for TF32 only where it is
#endif
}

// 32 * warps_m rows and 32 * warps_n columns of d; warps_k warps have the same 32 x 32 of them, each at other
// places of the depth, and their sums are added in one order.
template <int warps_m, int warps_n, int warps_k, Along a_along, Along b_along>
class alignas(16) Tile {
 public:
  static constexpr int rows = 32 * warps_m, cols = 32 * warps_n;
  static constexpr int threads = warp_size * warps_m * warps_n * warps_k;
  // Of the sums of warps with the same elements so many have room; where there are more, half of them are
  // first added to the others.
  static constexpr int parts = warps_m * warps_n * warps_k > 8 ? warps_k / 2 : warps_k;

  // Called by all threads of the block; behind a barrier at() may be.
  template <class SourceA, class SourceB>
  __device__ void multiply(const TileFactor<SourceA>& a, const TileFactor<SourceB>& b, int first_row,
                           int first_col) {
    const int warp = static_cast<int>(threadIdx.x) / warp_size;
    const int m = warp % warps_m, n = warp / warps_m % warps_n, k = warp / (warps_m * warps_n);
    float d[2][4][4] = {};  // of 16 x 8 elements each
    using A = Fragment<a_along, SourceA>;
    using B = Fragment<b_along, SourceB>;
    constexpr int stride = A::depth * warps_k;
    int depth = A::depth * k;
    A of_a;
    B of_b;
    of_a.load(a, first_row + 32 * m, depth);
    of_b.load(b, first_col + 32 * n, depth);
    for (; depth < a.depth; depth += stride) {
      A next_of_a;  // on its way while this one is multiplied
      B next_of_b;
      next_of_a.load(a, first_row + 32 * m, depth + stride);
      next_of_b.load(b, first_col + 32 * n, depth + stride);
      multiply_add(d, of_a, of_b);
      of_a = next_of_a;
      of_b = next_of_b;
    }
    if constexpr (parts < warps_k) {
      auto* const given =
          reinterpret_cast<float4*>(parts_) + 8 * warp_size * (warp % (parts * warps_m * warps_n));
      if (k >= parts) hand_over(d, given);
      __syncthreads();
      if (k < parts) take_over(d, given);
      __syncthreads();
    }
    if (k < parts) store(d, k, 32 * m, 32 * n);
  }

  // Four columns of a row of the tile.
  __device__ float4 at(int row, int col) const {
    float4 sum = *reinterpret_cast<const float4*>(&parts_[0][row][col]);
#pragma unroll
    for (int k = 1; k < parts; ++k) {
      const float4 part = *reinterpret_cast<const float4*>(&parts_[k][row][col]);
      sum = {sum.x + part.x, sum.y + part.y, sum.z + part.z, sum.w + part.w};
    }
    return sum;
  }

 private:
  template <class A, class B>
  __device__ static void multiply_add(float (&d)[2][4][4], const A& of_a, const B& of_b) {
#pragma unroll
    for (int step = 0; step < 2; ++step) {  // two of a lane's four places, of a and b alike
      std::uint32_t b[4][2];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
#pragma unroll
        for (int place = 0; place < 2; ++place) b[j][place] = of_b.at(j, 2 * step + place);
      }
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const std::uint32_t a[4] = {of_a.at(2 * i, 2 * step), of_a.at(2 * i + 1, 2 * step),
                                    of_a.at(2 * i, 2 * step + 1), of_a.at(2 * i + 1, 2 * step + 1)};
#pragma unroll
        for (int j = 0; j < 4; ++j) cuda::multiply_add(d[i][j], a, b[j]);
      }
    }
  }

  // A lane's sums, to the one that has the same of another warp.
  __device__ static void hand_over(const float (&d)[2][4][4], float4* given) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float(&four)[4] = d[i / 4][i % 4];
      given[warp_size * i + static_cast<int>(threadIdx.x) % warp_size] = {four[0], four[1], four[2], four[3]};
    }
  }
  __device__ static void take_over(float (&d)[2][4][4], const float4* given) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float4 four = given[warp_size * i + static_cast<int>(threadIdx.x) % warp_size];
      float(&sum)[4] = d[i / 4][i % 4];
      sum[0] += four.x;
      sum[1] += four.y;
      sum[2] += four.z;
      sum[3] += four.w;
    }
  }

  __device__ void store(const float (&d)[2][4][4], int k, int first_row, int first_col) {
#pragma unroll
    for (int slot = 0; slot < 4; ++slot) {
      float* const row = &parts_[k][first_row + outer_of<a_along>(slot, group_of_lanes())][first_col];
      const float(&of_row)[4][4] = d[slot / 2];
      const int e = slot % 2 * 2;
      if constexpr (b_along == Along::outer) {
        const int left = outer_of<b_along>(0, 2 * lane_of_group()),
                  right = outer_of<b_along>(0, 2 * lane_of_group() + 1);
        *reinterpret_cast<float4*>(row + left) = {of_row[0][e], of_row[1][e], of_row[2][e], of_row[3][e]};
        *reinterpret_cast<float4*>(row + right) = {of_row[0][e + 1], of_row[1][e + 1], of_row[2][e + 1],
                                                   of_row[3][e + 1]};
      } else {
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          *reinterpret_cast<float2*>(row + outer_of<b_along>(j, 2 * lane_of_group())) = {of_row[j][e],
                                                                                         of_row[j][e + 1]};
        }
      }
    }
  }

  float parts_[parts][rows][cols + 4];  // the gap keeps rows off each other's banks
};

}  // namespace duet::cuda
