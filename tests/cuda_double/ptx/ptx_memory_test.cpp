// Loads, stores and atomics: every space, width and address, and what a device would stop at.
#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

using U64 = std::uint64_t;

TEST(PtxMemory, WidthsAndSigns) {
  std::vector<std::uint8_t> bytes(1024);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 100);
  const Buffer<std::uint8_t> in(bytes);
  const auto word = [&](std::size_t at, std::size_t size) {
    U32 value = 0;
    std::memcpy(&value, &bytes[at], size);
    return value;
  };
  const auto loaded = [&](const std::string& text) {
    return results_of(module_of_body("ld.param.u64 %u0, [in]; mad.wide.u32 %u0, %i, 16, %u0; " + text + store,
                                     ", .param .u64 in"),
                      one_warp, in.get());
  };
  EXPECT_EQ(loaded("ld.global.u8 %d, [%u0+3];"), expected(32, [&](U32 i) { return word(16 * i + 3, 1); }));
  EXPECT_EQ(loaded("ld.global.s8 %d, [%u0+3];"), expected(32, [&](U32 i) {
              return static_cast<U32>(static_cast<std::int8_t>(bytes[16 * i + 3]));
            }));
  EXPECT_EQ(loaded("add.u64 %u0, %u0, 8; ld.global.s16 %d, [%u0+-2];"), expected(32, [&](U32 i) {
              return static_cast<U32>(static_cast<std::int16_t>(word(16 * i + 6, 2)));
            }));
  EXPECT_EQ(loaded("ld.global.nc.v4.u32 {_, %t2, _, %t3}, [%u0]; xor.b32 %d, %t2, %t3;"),
            expected(32, [&](U32 i) { return word(16 * i + 4, 4) ^ word(16 * i + 12, 4); }));
  EXPECT_EQ(loaded("ld.global.v2.u64 {%u1, %u0}, [%u0]; cvt.u32.u64 %d, %u0;"),
            expected(32, [&](U32 i) { return word(16 * i + 8, 4); }));
  EXPECT_EQ(loaded("ld.global.v4.u8 {%t2, %t3, %t4, %t5}, [%u0+4]; mad.lo.u32 %d, %t5, 256, %t2;"),
            expected(32, [&](U32 i) { return bytes[16 * i + 7] * 256u + bytes[16 * i + 4]; }));
  EXPECT_EQ(loaded("mul.wide.u32 %u1, %i, 16; add.u64 %u0, %u0, %u1; ld.global.v8.b32 {_, _, _, _, _, _, _, "
                   "%d}, [%u0];"),
            expected(32, [&](U32 i) { return word(32 * i % 1024 + 28, 4); }));
  // Stores: the low bytes.
  EXPECT_EQ(results_of(module_of_body(
                           "mov.u32 %t2, 0x12345678; st.global.u8 [%at+1], %t2; st.global.u16 [%at+2], %t2;"),
                       one_warp),
            Results(32, 0x567878ad));
}

TEST(PtxMemory, Parameters) {
  struct Pair {
    U32 first;
    U64 second;
  };
  const Module module = module_of_body(
      "ld.param.u64 %u0, [p+8]; cvt.u32.u64 %d, %u0; mov.b64 %u1, p; ld.param.u32 %t2, [%u1]; add.u32 %d, "
      "%d, %t2;"
      "ld.param.u8 %t3, [c]; add.u32 %d, %d, %t3; ld.param.v2.u32 {%t4, %t5}, [q]; add.u32 %d, %d, %t5;" +
          store,
      ", .param .align 8 .b8 p[16], .param .u8 c, .param .u64 .ptr .global .align 16 q");
  EXPECT_EQ(results_of(module, one_warp, Pair{30, 7}, std::uint8_t{200}, U64{1000} << 32), Results(32, 1237));
}

TEST(PtxMemory, SharedMemoryOfAllKinds) {
  // Two static arrays, one of the module's, and the launch's behind them, by 32-bit, 64-bit and generic
  // addresses.
  const Module module = module_of_body(
      ".shared .align 4 .b8 here[128];\n"
      "mul.lo.u32 %t2, %i, 4; mov.u32 %t3, here; add.u32 %t3, %t3, %t2; st.shared.u32 [%t3], %i;\n"
      "mov.u64 %u0, there; mul.wide.u32 %u1, %i, 4; add.u64 %u0, %u0, %u1; add.u32 %t4, %i, 100; "
      "st.shared.u32 [%u0], %t4;\n"
      "mov.u64 %u2, dynamic; cvta.shared.u64 %u2, %u2; add.u64 %u2, %u2, %u1; add.u32 %t4, %i, 10000; st.u32 "
      "[%u2], %t4;\n"
      "bar.sync 0; xor.b32 %t2, %t2, 4; mov.u32 %t3, here; add.u32 %t3, %t3, %t2; ld.shared.u32 %d, [%t3];\n"
      "ld.shared.u32 %t4, [there+12]; add.u32 %d, %d, %t4; ld.u32 %t5, [%u2]; add.u32 %d, %d, %t5;"
      "isspacep.shared %p0, %u2; @!%p0 mov.u32 %d, 0; isspacep.global %p0, %u2; @%p0 mov.u32 %d, 0;"
      "isspacep.global %p0, %at; @!%p0 mov.u32 %d, 0;\n"
      "mov.u32 %t6, %dynamic_smem_size; add.u32 %d, %d, %t6;" +
          store,
      "", ".shared .align 8 .b8 there[128];\n.extern .shared .align 16 .b8 dynamic[];");
  EXPECT_EQ(module.kernels.at("k").static_shared, 256u);
  EXPECT_EQ(results_of(module, {.blocks = {2, 1, 1}, .threads = {32, 1, 1}, .dynamic_shared = 128}),
            expected(64, [](U32 n) { return (n % 32 ^ 1) + 103 + n % 32 + 10000 + 128; }));
}

TEST(PtxMemory, EachThreadHasItsOwnLocal) {
  const Module module = module_of_body(
      ".local .align 8 .b8 __local_depot0[24]; mov.u64 %u0, __local_depot0; cvta.local.u64 %u1, %u0;\n"
      "st.local.u32 [%u0+20], %i; add.u32 %t2, %i, 5; st.u32 [%u1+16], %t2; ld.local.v2.u32 {%t3, %t4}, "
      "[%u0+16]; mad.lo.u32 %d, %t3, 100, %t4;" +
      store);
  EXPECT_EQ(results_of(module, one_warp), expected(32, [](U32 i) { return (i + 5) * 100 + i; }));
}

TEST(PtxMemory, OneInstructionForTwoMemories) {
  const Module module = module_of_body(
      ".shared .u32 s[32]; mov.u64 %u0, s; cvta.shared.u64 %u0, %u0; mul.wide.u32 %u1, %i, 4; add.u64 %u0, "
      "%u0, %u1;"
      "and.b32 %t2, %i, 1; setp.eq.u32 %p0, %t2, 1; selp.b64 %u0, %u0, %at, %p0; st.u32 [%u0], %i; ld.u32 "
      "%d, [%u0];" +
      store);
  EXPECT_EQ(results_of(module, one_warp), expected(32, [](U32 i) { return i; }));
}

TEST(PtxMemory, Atomics) {
  // All 32 lanes, in order, on one word: what it holds in the end, and what lane 5 found.
  const auto both = [](const std::string& operation, U32 before) {
    const Buffer<U32> word(std::vector<U32>{before});
    const Results old = results_of(
        module_of_body("ld.param.u64 %u0, [word]; atom.global." + operation + store, ", .param .u64 word"),
        one_warp, word.get());
    return std::pair{old[5], word.values()[0]};
  };
  using Pair = std::pair<U32, U32>;
  EXPECT_EQ(both("add.u32 %d, [%u0], %i;", 1000), Pair(1010, 1496));
  EXPECT_EQ(both("min.s32 %d, [%u0], %i;", 3), Pair(0, 0));
  EXPECT_EQ(both("min.s32 %d, [%u0], %i;", static_cast<U32>(-3)),
            Pair(static_cast<U32>(-3), static_cast<U32>(-3)));
  EXPECT_EQ(both("max.u32 %d, [%u0], %i;", 3), Pair(4, 31));
  EXPECT_EQ(both("and.b32 %d, [%u0], 0xf0;", 0xabcd), Pair(0xc0, 0xc0));
  EXPECT_EQ(both("or.b32 %d, [%u0], %i;", 0), Pair(7, 31));
  EXPECT_EQ(both("xor.b32 %d, [%u0], %i;", 0), Pair(0 ^ 1 ^ 2 ^ 3 ^ 4, 0));
  EXPECT_EQ(both("exch.b32 %d, [%u0], %i;", 77), Pair(4, 31));
  EXPECT_EQ(both("cas.b32 %d, [%u0], %i, 100;", 3), Pair(100, 100));
  EXPECT_EQ(both("inc.u32 %d, [%u0], 3;", 2), Pair(3, 2));
  EXPECT_EQ(both("dec.u32 %d, [%u0], 3;", 1), Pair(0, 1));
  EXPECT_EQ(both("dec.u32 %d, [%u0], 3;", 90), Pair(3, 0));
  EXPECT_EQ(both("add.f32 %d, [%u0], 0f3F000000;", 0),
            Pair(std::bit_cast<U32>(2.5f), std::bit_cast<U32>(16.f)));
  EXPECT_EQ(both("relaxed.gpu.add.u32 %d, [%u0], 1;", 0), Pair(5, 32));

  const Buffer<U64> wide(std::vector<U64>{1, 1, 0, 5});
  const Module module = module_of_body(
      "ld.param.u64 %u0, [wide]; cvt.u64.u32 %u1, %i; red.global.add.u64 [%u0], 0x100000000; "
      "atom.global.max.s64 %u2, [%u0+8], %u1;"
      "red.relaxed.gpu.global.add.f64 [%u0+16], 0d3FE0000000000000; atom.global.acq_rel.gpu.cas.b64 %u2, "
      "[%u0+24], 5, 6;",
      ", .param .u64 wide");
  results_of(module, one_warp, wide.get());
  EXPECT_EQ(wide.values(), (std::vector<U64>{1 + (U64{32} << 32), 31, std::bit_cast<U64>(16.0), 6}));

  const Module shared = module_of_body(
      ".shared .u32 s[2]; setp.eq.u32 %p0, %i, 0; @%p0 st.shared.v2.u32 [s], {10, 0}; bar.sync 0; "
      "atom.shared.inc.u32 %t2, [s], 100;"
      "red.shared.add.u32 [s+4], 2; bar.sync 0; ld.shared.v2.u32 {%t2, %t3}, [s]; mad.lo.u32 %d, %t2, 1000, "
      "%t3;" +
      store);
  EXPECT_EQ(results_of(shared, {.threads = {64, 1, 1}}), Results(64, 74128));
}

// A block leaves a value and says so; another, which waits for that, takes it. In order only if the one
// releases and the other acquires, by themselves or by fences.
std::vector<std::string> handed_over(const std::string& say, const std::string& ask,
                                     Schedule::Kind order = Schedule::descending) {
  const Module module = module_of_body(
      "ld.param.u64 %u0, [flag]; ld.param.u64 %u1, [value]; setp.eq.u32 %p0, %t0, 0; @%p0 bra GIVE;\n"
      "WAIT: " +
          ask +
          " setp.eq.u32 %p1, %t2, 0; @%p1 bra WAIT; ld.global.u32 %d, [%u1]; bra END;\n"
          "GIVE: mov.u32 %d, 7; st.global.u32 [%u1], %d; " +
          say + "\nEND:" + store,
      ", .param .u64 flag, .param .u64 value");
  const Buffer<U32> out(2), flag(std::vector<U32>{0}), value(1);
  EXPECT_EQ(run(module.kernels.at("k"), {.blocks = {2, 1, 1}, .schedule = {order}}, out.get(), flag.get(),
                value.get()),
            Ended::well);
  EXPECT_EQ(out.values(), Results(2, 7));
  return texts_of_reports();
}

TEST(PtxMemory, ReleaseAndAcquire) {
  using Reports = std::vector<std::string>;
  const std::string acquire = "ld.acquire.gpu.global.u32 %t2, [%u0];",
                    relaxed = "ld.relaxed.gpu.global.u32 %t2, [%u0];",
                    set = "st.relaxed.gpu.global.u32 [%u0], 1;";
  EXPECT_EQ(handed_over("st.release.gpu.global.u32 [%u0], 1;", acquire), Reports{});
  EXPECT_EQ(handed_over("fence.acq_rel.gpu; " + set, relaxed + " membar.gl;"), Reports{});
  EXPECT_EQ(handed_over("red.release.gpu.global.add.u32 [%u0], 1;",
                        "atom.acquire.gpu.global.add.u32 %t2, [%u0], 0;", Schedule::ascending),
            Reports{});
  EXPECT_EQ(handed_over("membar.sys; st.volatile.global.u32 [%u0], 1;",
                        "ld.volatile.global.u32 %t2, [%u0]; fence.sc.sys;"),
            Reports{});
  EXPECT_EQ(handed_over(set, acquire).size(), 1u);
  EXPECT_EQ(handed_over("st.release.gpu.global.u32 [%u0], 1;", relaxed).size(), 1u);
  EXPECT_EQ(handed_over("membar.cta; " + set, acquire).size(), 1u);  // of the block alone
  EXPECT_EQ(handed_over("st.release.cta.global.u32 [%u0], 1;", acquire).size(), 1u);
  EXPECT_GE(handed_over("st.global.u32 [%u0], 1;", acquire).size(), 1u);  // not atomic
}

// How the kernel ends, and that it says so once, with the name of the kernel.
std::string told(const std::string& body, Ended how, const std::string& parameters = "", U64 argument = 0) {
  const Module module = module_of_body(body, ", .param .u64 argument" + parameters);
  const Buffer<U32> out(std::vector<U32>(32));
  EXPECT_EQ(run(module.kernels.at("k"), {.threads = {32, 1, 1}, .dynamic_shared = 64}, out.get(), argument),
            how);
  const auto texts = texts_of_reports();
  EXPECT_EQ(texts.size(), 1u) << body;
  return texts.empty() ? "" : texts[0];
}

TEST(PtxMemory, WhatADeviceStopsAt) {
  const std::string global = "ld.param.u64 %u0, [out]; ", host = "ld.param.u64 %u0, [argument]; ";
  const auto expect_told = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), text.npos) << text;
  };
  expect_told(told(global + "ld.global.v2.u32 {%d, %t2}, [%u0+4];", Ended::misaligned_address),
              "misaligned: kernel k, block (0, 0, 0), thread (0, 0, 0)");
  expect_told(told("setp.eq.u32 %p0, %i, 31; @%p0 ld.global.u32 %d, [%at+4];", Ended::illegal_address),
              "bounds: kernel k, block (0, 0, 0), thread (31, 0, 0)");
  const U32 of_host = 0;
  expect_told(
      told(host + "ld.global.u32 %d, [%u0];", Ended::illegal_address, "", reinterpret_cast<U64>(&of_host)),
      "bounds: kernel k");
  expect_told(told("mul.lo.u32 %t2, %i, 4; ld.shared.u32 %d, [%t2];", Ended::illegal_address),
              "thread (16, 0, 0), PTX:9: 4 bytes at 64 of 64 of shared memory");
  expect_told(told("mov.u64 %u0, -4; st.shared.u32 [%u0], %i;", Ended::illegal_address),
              "4 bytes at -4 of 64 of shared memory");
  expect_told(
      told("mov.u64 %u0, argument; cvta.param.u64 %u0, %u0; st.u32 [%u0], %i;", Ended::illegal_address),
      "4 bytes at 8 of 16 of the parameters");
  expect_told(told("mov.u32 %t2, -4; st.shared.u32 [%t2], %i;", Ended::illegal_address), "of shared memory");
  expect_told(told(".local .b8 l[8]; mov.u64 %u0, l; st.local.u32 [%u0+8], %i;", Ended::illegal_address),
              "4 bytes at 8 of 8 of local memory");
  expect_told(told("mov.u64 %u0, argument; ld.param.u32 %t2, [%u0+8];", Ended::illegal_address),
              "4 bytes at 16 of 16 of the parameters");
}

}  // namespace
}  // namespace duet::cuda_double
