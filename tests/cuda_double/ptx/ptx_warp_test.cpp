// What lanes do together.
#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

TEST(PtxWarp, SpecialRegisters) {
  const Module module = module_of_body(
      "mov.u32 %d, %laneid; mov.u32 %t2, %warpid; mad.lo.u32 %d, %t2, 1000, %d; mov.u32 %t3, %nctaid.x;"
      "mad.lo.u32 %d, %t3, 100000, %d;" +
      store);
  EXPECT_EQ(results_of(module, {.blocks = {3, 1, 1}, .threads = {40, 1, 1}}),
            expected(120, [](U32 n) { return n % 40 % 32 + n % 40 / 32 * 1000 + 300000; }));
  const Module masks = module_of_body(
      "mov.u32 %t2, %lanemask_lt; mov.u32 %t3, %lanemask_ge; mov.u32 %t4, %lanemask_le; mov.u32 %t5, "
      "%lanemask_gt;"
      "mov.u32 %t6, %lanemask_eq; xor.b32 %d, %t2, %t3; and.b32 %d, %d, %t4; or.b32 %d, %d, %t5; xor.b32 %d, "
      "%d, %t6;" +
      store);
  EXPECT_EQ(results_of(masks, one_warp), expected(32, [](U32 lane) { return ~(U32{1} << lane); }));
}

TEST(PtxWarp, Shuffles) {
  const auto shuffled = [](const std::string& mode, int by, int clamp_and_segment) {
    return results_of(module_of_body("add.u32 %t2, %i, 100; shfl.sync." + mode + ".b32 %d|%p0, %t2, " +
                                     std::to_string(by) + ", " + std::to_string(clamp_and_segment) +
                                     ", 0xffffffff; @!%p0 add.u32 %d, %d, 1000;" + store),
                      one_warp);
  };
  EXPECT_EQ(shuffled("up", 3, 0), expected(32, [](U32 lane) { return lane < 3 ? 1100 + lane : 97 + lane; }));
  EXPECT_EQ(shuffled("down", 5, 31),
            expected(32, [](U32 lane) { return lane > 26 ? 1100 + lane : 105 + lane; }));
  EXPECT_EQ(shuffled("bfly", 6, 31), expected(32, [](U32 lane) { return 100 + (lane ^ 6); }));
  EXPECT_EQ(shuffled("idx", 9, 31), expected(32, [](U32) { return U32{109}; }));
  // Segments of eight: 0x18 names them, and 7 is their last.
  EXPECT_EQ(shuffled("idx", 2, 0x181f), expected(32, [](U32 lane) { return 100 + lane / 8 * 8 + 2; }));
  EXPECT_EQ(shuffled("down", 1, 0x181f),
            expected(32, [](U32 lane) { return lane % 8 == 7 ? 1100 + lane : 101 + lane; }));
  EXPECT_EQ(shuffled("up", 1, 0x1800),
            expected(32, [](U32 lane) { return lane % 8 == 0 ? 1100 + lane : 99 + lane; }));
}

TEST(PtxWarp, Votes) {
  const std::string odd = "and.b32 %t2, %i, 1; setp.eq.u32 %p0, %t2, 1; ";
  EXPECT_EQ(results_of(module_of_body(odd + "vote.sync.ballot.b32 %d, %p0, -1;" + store), one_warp),
            Results(32, 0xaaaaaaaa));
  EXPECT_EQ(results_of(module_of_body(odd + "vote.ballot.sync.b32 %d, !%p0, -1;" + store), one_warp),
            Results(32, 0x55555555));
  const auto voted = [&](const std::string& mode, const std::string& predicate) {
    return results_of(module_of_body(predicate + "vote.sync." + mode +
                                     ".pred %p1, %p0, -1; selp.u32 %d, 1, 0, %p1;" + store),
                      one_warp)[5];
  };
  const std::string always = "setp.lt.u32 %p0, %i, 32; ", never = "setp.gt.u32 %p0, %i, 32; ";
  EXPECT_EQ(voted("all", odd), 0u);
  EXPECT_EQ(voted("all", always), 1u);
  EXPECT_EQ(voted("any", odd), 1u);
  EXPECT_EQ(voted("any", never), 0u);
  EXPECT_EQ(voted("uni", odd), 0u);
  EXPECT_EQ(voted("uni", never), 1u);
}

TEST(PtxWarp, Matches) {
  const std::string third = "rem.u32 %t2, %i, 3; ";
  EXPECT_EQ(results_of(module_of_body(third + "match.any.sync.b32 %d, %t2, -1;" + store), one_warp),
            expected(32, [](U32 lane) { return 0x49249249u << lane % 3; }));
  EXPECT_EQ(
      results_of(module_of_body(third + "match.all.sync.b32 %d|%p0, %t2, -1; @%p0 mov.u32 %d, 7;" + store),
                 one_warp),
      Results(32, 0));
  EXPECT_EQ(
      results_of(
          module_of_body("mov.u64 %u0, 5; match.all.sync.b64 %d|%p0, %u0, -1; @!%p0 mov.u32 %d, 7;" + store),
          one_warp),
      Results(32, ~0u));
}

TEST(PtxWarp, Reductions) {
  const auto reduced = [](const std::string& operation) {
    return results_of(module_of_body("sub.u32 %t2, %i, 4; redux.sync." + operation + " %d, %t2, -1;" + store),
                      one_warp)[9];
  };
  EXPECT_EQ(reduced("add.s32"), 31u * 16 - 4 * 32);
  EXPECT_EQ(reduced("min.s32"), static_cast<U32>(-4));
  EXPECT_EQ(reduced("min.u32"), 0u);
  EXPECT_EQ(reduced("max.u32"), ~0u);
  EXPECT_EQ(reduced("max.s32"), 27u);
  EXPECT_EQ(reduced("or.b32"), ~0u);
  EXPECT_EQ(reduced("and.b32"), 0u);
  EXPECT_EQ(reduced("xor.b32"), 0u);
  EXPECT_EQ(results_of(module_of_body("mov.u32 %d, 0; elect.sync _|%p0, -1; @%p0 mov.u32 %d, 1;" + store),
                       one_warp),
            expected(32, [](U32 lane) { return U32{lane == 0}; }));
}

}  // namespace
}  // namespace duet::cuda_double
