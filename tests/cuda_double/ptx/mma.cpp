// mma: a product of small matrices that the lanes of a warp hold together. The scheduler runs it when all 32
// are there.
#include <fmt/format.h>

#include <array>
#include <limits>

#include "tests/cuda_double/ptx/block.h"
#include "tests/cuda_double/ptx/opcodes.h"
#include "tests/cuda_double/ptx/running_grid.h"
#include "tests/cuda_double/tf32.h"

namespace duet::cuda_double::ptx {
namespace {

using Word = std::uint32_t;

constexpr int m = 16, n = 8, k = 8;
template <int rows, int cols>
using Matrix = std::array<std::array<float, cols>, rows>;

// Which element register i of a lane is: PTX ISA, "Matrix Fragments for mma.m16n8k8", .tf32.
struct Element {
  int row, col;
};
constexpr Element element_of_a(int lane, int i) { return {lane / 4 + i % 2 * 8, lane % 4 + i / 2 * 4}; }
constexpr Element element_of_b(int lane, int i) { return {lane % 4 + i * 4, lane / 4}; }
constexpr Element element_of_c(int lane, int i) { return {lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2}; }

// Where in Instruction::at the registers of each are, and how many.
struct Fragment {
  int first, count;
};
constexpr Fragment of_d{0, 4}, of_a{4, 4}, of_b{8, 2}, of_c{10, 4};

// What lanes have that are not there is undefined: NaNs.
template <int rows, int cols, class F>
Matrix<rows, cols> gather(Warp& warp, const Instruction& instruction, Fragment fragment, Word mask,
                          F element) {
  Matrix<rows, cols> matrix;
  for (auto& row : matrix) row.fill(std::numeric_limits<float>::quiet_NaN());
  for (int i = 0; i < fragment.count; ++i) {
    const Word* const from = warp.at<Word>(instruction.at[fragment.first + i]);
    warp.each_active([&](int lane) {
      const auto [row, col] = element(lane, i);
      matrix[row][col] = std::bit_cast<float>(from[lane] & mask);
    });
  }
  return matrix;
}

// The manual leaves open what comes of other floats. Devices do not see the lowest bits.
void check_is_tf32(Warp& warp, const Instruction& instruction, char name, Fragment fragment) {
  for (int i = 0; i < fragment.count; ++i) {
    const Word* const words = warp.at<Word>(instruction.at[fragment.first + i]);
    warp.each_active([&](int lane) {
      if ((words[lane] & bits_beyond_tf32) == 0) return;
      warp.block().grid().complain(
          Check::misuse, warp, instruction, lane,
          fmt::format("{}{} of mma is {:#010x}, which is no TF32: cvt.rna.tf32.f32 was left out", name, i,
                      words[lane]));
    });
  }
}

// Each sum begins with c and takes the products in the order of k. Products of TF32 have 22 bits, so the sum
// alone is rounded, as a float to the nearest; a device has its own order and rounding.
void mma_tf32(Warp& warp, const Instruction& instruction) {
  check_is_tf32(warp, instruction, 'a', of_a);
  check_is_tf32(warp, instruction, 'b', of_b);
  const auto a = gather<m, k>(warp, instruction, of_a, ~bits_beyond_tf32, element_of_a);
  const auto b = gather<k, n>(warp, instruction, of_b, ~bits_beyond_tf32, element_of_b);
  auto d = gather<m, n>(warp, instruction, of_c, ~Word{0}, element_of_c);
  for (int row = 0; row < m; ++row) {
    for (int each = 0; each < k; ++each) {
      for (int col = 0; col < n; ++col) d[row][col] += a[row][each] * b[each][col];
    }
  }
  for (int i = 0; i < of_d.count; ++i) {
    float* const to = warp.at<float>(instruction.at[of_d.first + i]);
    warp.each_active([&](int lane) {
      const auto [row, col] = element_of_c(lane, i);
      to[lane] = d[row][col];
    });
  }
}

void build_mma(Line& line) {
  for (const std::string_view word :
       {"sync", "aligned", "m16n8k8", "row", "col", "f32", "tf32", "tf32", "f32"}) {
    if (!line.take(word)) line.unsupported("its shape, types or layouts");
  }
  Registers at{};
  const auto take = [&](std::size_t operand, Fragment fragment, Type type, bool is_result) {
    const Operand& list = line.operand(operand);
    if (list.parts.size() != static_cast<std::size_t>(fragment.count)) line.unsupported("its fragments");
    for (int i = 0; i < fragment.count; ++i) {
      at[fragment.first + i] =
          is_result ? line.destination(list.parts[i], type) : line.source(list.parts[i], type);
    }
  };
  take(0, of_d, Type::f32, true);
  take(1, of_a, Type::b32, false);
  take(2, of_b, Type::b32, false);
  take(3, of_c, Type::f32, false);
  Instruction& instruction = line.emit(mma_tf32, {});
  instruction.at = at;
  instruction.flow = Flow::warp_sync;
  instruction.members = line.number(all_lanes, Type::b32);
}

constexpr Opcode opcodes[] = {{"mma", build_mma}};

}  // namespace

std::span<const Opcode> matrix_opcodes() { return opcodes; }

}  // namespace duet::cuda_double::ptx
