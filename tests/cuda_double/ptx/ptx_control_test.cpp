// How lanes part and meet again, barriers, and who comes when.
#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

// Collatz: every lane goes round as often as its number asks for.
TEST(PtxControl, LanesPartAndMeetAgain) {
  const Module module = module_of_body(
      "add.u32 %t2, %n, 1; mov.u32 %d, 0;\n"
      "AGAIN: setp.eq.u32 %p0, %t2, 1; @%p0 bra DONE; and.b32 %t3, %t2, 1; setp.eq.u32 %p1, %t3, 1; @%p1 bra "
      "ODD;\n"
      "shr.u32 %t2, %t2, 1; bra.uni NEXT;\nODD: mad.lo.u32 %t2, %t2, 3, 1;\nNEXT: add.u32 %d, %d, 1; bra "
      "AGAIN;\n"
      "DONE: activemask.b32 %t4; setp.eq.u32 %p2, %t4, -1; @%p2 add.u32 %d, %d, 1000;" +
      store);
  EXPECT_EQ(results_of(module, {.threads = {64, 1, 1}}), expected(64, [](U32 n) {
              U32 steps = 1000;  // all 32 are together in the end
              for (U32 value = n + 1; value != 1; ++steps) value = value % 2 == 1 ? 3 * value + 1 : value / 2;
              return steps;
            }));
}

TEST(PtxControl, TablesOfBranches) {
  const Module module = module_of_body(
      "rem.u32 %t2, %i, 3;\n TABLE: .branchtargets A, B, C;\n brx.idx %t2, TABLE;\n"
      "C: mov.u32 %d, 30; bra END;\nB: mov.u32 %d, 20; bra END;\nA: mov.u32 %d, 10;\nEND:" +
      store);
  EXPECT_EQ(results_of(module, one_warp), expected(32, [](U32 lane) { return (lane % 3 + 1) * 10; }));
}

TEST(PtxControl, PredicatesThatAreNumbers) {
  const Module module = module_of_body(
      "mov.pred %p0, -1; mov.pred %p1, 0; xor.pred %p2, %p0, %p1; selp.u32 %d, 5, 6, %p1; @%p0 add.u32 %d, "
      "%d, 10;"
      "@!%p2 mov.u32 %d, 0; vote.sync.ballot.b32 %t2, %p0, -1; and.b32 %d, %d, %t2;" +
      store);
  EXPECT_EQ(results_of(module, one_warp), Results(32, 16));
}

TEST(PtxControl, NamesOfInnerBraces) {
  const Module module = module_of_body(
      "mov.u32 %d, 1; { .reg .u32 %d; mov.u32 %d, 5; bra L; mov.u32 %d, 6; L: st.global.u32 [%at], %d; }\n"
      "{ bra L; st.global.u32 [%at], %t0; L: } ld.global.u32 %t2, [%at]; add.u32 %d, %d, %t2;" +
      store);
  EXPECT_EQ(results_of(module, one_warp), Results(32, 6));
}

TEST(PtxControl, RegistersBeyondAnInnerRangeAreTheOuterOnes) {
  const Module module = module_of_body(
      "mov.u32 %t1, 1; mov.u32 %t5, 5; { .reg .u32 %t<2>; mov.u32 %t1, 20; add.u32 %t5, %t5, %t1; } add.u32 "
      "%d, %t5, %t1;" +
      store);
  EXPECT_EQ(results_of(module, one_warp), Results(32, 26));
}

TEST(PtxControl, SomeEnd) {
  const Module module = module_of_body(
      "setp.lt.u32 %p0, %i, 7; @%p0 ret; setp.gt.u32 %p0, %i, 20; @%p0 exit; mov.u32 %d, 3;" + store);
  EXPECT_EQ(results_of(module, one_warp),
            expected(32, [](U32 lane) { return lane < 7 || lane > 20 ? 0xdeadu : 3u; }));
  const Buffer<U32> out(32);
  EXPECT_EQ(run(module_of_body("trap;").kernels.at("k"), one_warp, out.get()), Ended::illegal_instruction);
}

TEST(PtxControl, OperationsOfAPartOfAWarp) {
  // Each half in a branch of its own, with its own mask.
  const Module halves = module_of_body(
      "setp.lt.u32 %p0, %i, 16; @%p0 bra LOW;\n shfl.sync.idx.b32 %d, %i, 20, 31, 0xffff0000; bra END;\n"
      "LOW: shfl.sync.idx.b32 %d, %i, 4, 31, 0x0000ffff;\nEND: bar.warp.sync -1;" +
      store);
  EXPECT_EQ(results_of(halves, one_warp), expected(32, [](U32 lane) { return lane < 16 ? 4u : 20u; }));
  // One instruction, two masks.
  const Module masks = module_of_body(
      "setp.lt.u32 %p0, %i, 8; selp.b32 %t2, 0xff, 0xffffff00, %p0; and.b32 %t3, %i, 1; setp.eq.u32 %p1, "
      "%t3, 1;"
      "vote.sync.ballot.b32 %d, %p1, %t2;" +
      store);
  EXPECT_EQ(results_of(masks, one_warp),
            expected(32, [](U32 lane) { return lane < 8 ? 0xaau : 0xaaaaaa00u; }));
  // A barrier of the warp may be in two places.
  const Module places = module_of_body(
      "mov.u32 %d, 1; setp.lt.u32 %p0, %i, 16; @%p0 bra LOW;\n bar.warp.sync -1; bra END;\nLOW: "
      "bar.warp.sync -1;\nEND:" +
      store);
  EXPECT_EQ(results_of(places, one_warp), Results(32, 1));
}

TEST(PtxControl, OneBarrierInTwoPlaces) {
  const Module module = module_of_body(
      "mov.u32 %d, 1; setp.lt.u32 %p0, %i, 40; @%p0 barrier.sync 3; @!%p0 barrier.sync 3;" + store);
  EXPECT_EQ(results_of(module, {.threads = {64, 1, 1}}), Results(64, 1));
}

TEST(PtxControl, BarriersThatCount) {
  const auto reduced = [](const std::string& text) {
    return results_of(module_of_body("setp.lt.u32 %p0, %i, 40; " + text + store),
                      {.threads = {96, 1, 1}, .schedule = {Schedule::descending}})[3];
  };
  EXPECT_EQ(reduced("barrier.cta.red.popc.aligned.u32 %d, 0, %p0;"), 40u);
  EXPECT_EQ(reduced("bar.red.popc.u32 %d, 1, 96, !%p0;"), 56u);
  EXPECT_EQ(reduced("bar.red.or.pred %p1, 0, %p0; selp.u32 %d, 1, 0, %p1;"), 1u);
  EXPECT_EQ(reduced("bar.red.and.pred %p1, 0, %p0; selp.u32 %d, 1, 0, %p1;"), 0u);
}

// Who comes when: everyone draws a number.
TEST(PtxControl, TheScheduleIsFollowed) {
  const auto drawn = [](Schedule schedule, const Shape& shape) {
    Shape scheduled = shape;
    scheduled.schedule = schedule;
    const Buffer<U32> next(Results{0});
    return results_of(module_of_body("ld.param.u64 %u0, [next]; atom.global.add.u32 %d, [%u0], 1;" + store,
                                     ", .param .u64 next"),
                      scheduled, next.get());
  };
  const Shape blocks{.blocks = {50, 1, 1}}, warps{.threads = {128, 1, 1}};
  EXPECT_EQ(drawn({Schedule::ascending}, blocks), expected(50, [](U32 n) { return n; }));
  EXPECT_EQ(drawn({Schedule::descending}, blocks), expected(50, [](U32 n) { return 49 - n; }));
  EXPECT_EQ(drawn({Schedule::descending}, warps),
            expected(128, [](U32 n) { return 96 - n / 32 * 32 + n % 32; }));
  EXPECT_NE(drawn({Schedule::random, 1}, blocks), drawn({Schedule::random, 2}, blocks));
}

// Those who wait for what others write must let them write it.
TEST(PtxControl, Spinning) {
  const std::string spin =
      "ld.param.u64 %u0, [flag];\nSPIN: ld.volatile.global.u32 %t2, [%u0]; setp.ne.u32 %p1, %t2, 1; @%p1 bra "
      "SPIN;\n";
  const auto flagged = [&](const std::string& who, const Shape& shape) {
    const Buffer<U32> flag(std::vector<U32>{0});
    return results_of(
        module_of_body(who + "@%p0 bra SET;\n" + spin +
                           "bra END;\nSET: ld.param.u64 %u0, [flag]; st.volatile.global.u32 [%u0], 1;\n"
                           "END: mov.u32 %d, 1;" +
                           store,
                       ", .param .u64 flag"),
        shape, flag.get());
  };
  EXPECT_EQ(flagged("setp.eq.u32 %p0, %i, 31; ", one_warp), Results(32, 1));                 // a lane
  EXPECT_EQ(flagged("setp.ge.u32 %p0, %i, 64; ", {.threads = {96, 1, 1}}), Results(96, 1));  // a warp
  EXPECT_EQ(flagged("setp.eq.u32 %p0, %t0, 0; ",
                    {.blocks = {3, 1, 1}, .threads = {32, 1, 1}, .schedule = {Schedule::descending}}),
            Results(96, 1));  // a block
}

TEST(PtxControl, ClocksGoOn) {
  const Module module = module_of_body(
      "mov.u64 %u0, %clock64; mov.u32 %t2, %clock;\nWAIT: mov.u64 %u1, %globaltimer; sub.u64 %u1, %u1, %u0;"
      "setp.lt.u64 %p0, %u1, 50000; nanosleep.u32 100; @%p0 bra WAIT; mov.u32 %d, %clock; sub.u32 %d, %d, "
      "%t2;"
      "setp.ge.u32 %p0, %d, 50000; selp.u32 %d, 1, 0, %p0;" +
      store);
  EXPECT_EQ(results_of(module, one_warp), Results(32, 1));
}

void expect_in(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), text.npos) << text;
}

// What never comes: told, and the kernel ends.
std::string only_report(const std::string& body, U32 threads, Ended how) {
  const Module module = module_of_body(body);
  const Buffer<U32> out(threads);
  EXPECT_EQ(run(module.kernels.at("k"), {.threads = {threads, 1, 1}}, out.get()), how);
  const auto texts = texts_of_reports();
  EXPECT_EQ(texts.size(), 1u) << body;
  return texts.empty() ? "" : texts[0];
}

TEST(PtxControl, AnInstructionIsReportedOnce) {
  const Module module = module_of_body("setp.lt.u32 %p0, %i, 60; @%p0 bar.sync 0;");
  const Buffer<U32> out(Results(64 * 5));
  EXPECT_EQ(run(module.kernels.at("k"), {.blocks = {5, 1, 1}, .threads = {64, 1, 1}}, out.get()),
            Ended::well);
  EXPECT_EQ(texts_of_reports().size(), 1u);
}

TEST(PtxControl, WhatNeverComes) {
  expect_in(only_report("setp.lt.u32 %p0, %i, 60; @%p0 bar.sync 0;", 64, Ended::well), "4 of 64 threads");
  expect_in(only_report("setp.lt.u32 %p0, %i, 32; @%p0 bar.sync 0; @!%p0 bar.sync 1;", 64, Ended::well),
            "another barrier");
  expect_in(only_report("setp.lt.u32 %p0, %i, 7; @%p0 bra L;\n bar.sync 0; bra E;\nL: bar.sync 0;\nE:", 32,
                        Ended::well),
            "another barrier");
  expect_in(
      only_report("setp.lt.u32 %p0, %i, 32; @%p0 barrier.sync 0; @!%p0 barrier.sync 1;", 64, Ended::well),
      "another barrier");
  EXPECT_EQ(
      only_report("bar.sync 0, 32;", 64, Ended::illegal_instruction),
      "unsupported: kernel k, block (0, 0, 0), thread (0, 0, 0), PTX:9: a barrier for a part of the block");
  expect_in(
      only_report("setp.lt.u32 %p0, %i, 7; @%p0 ret; vote.sync.ballot.b32 %d, %p0, -1;", 32, Ended::well),
      "0x0000007f will never come (they have ended)");
  expect_in(only_report("vote.sync.ballot.b32 %d, %p0, -1;", 20, Ended::well), "0xfff00000 will never come");
  expect_in(only_report("setp.lt.u32 %p0, %i, 7; @%p0 vote.sync.ballot.b32 %d, %p0, -1; bar.sync 0;", 32,
                        Ended::well),
            "0xffffff80 will never come");
  expect_in(only_report("vote.sync.ballot.b32 %d, %p0, 0xff;", 32, Ended::well), "made by others too");
  expect_in(only_report("FOREVER: bra FOREVER;", 1, Ended::timeout), "nothing has changed");
}

}  // namespace
}  // namespace duet::cuda_double
