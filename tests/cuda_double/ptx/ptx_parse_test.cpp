// What a module says of its kernels, what is refused, and when.
#include "tests/cuda_double/ptx/code.h"
#include "tests/cuda_double/ptx/device.h"

namespace duet::cuda_double {
namespace {

const std::string head = ".version 9.0\n.target sm_90a, debug\n.address_size 64\n";

TEST(PtxParse, ParametersAndLimits) {
  const Module module = parse_ptx(head + R"(
    // a comment { with braces
    /* and another
       of two lines } */
    .global .align 1 .b8 unused[1] = {7};
    .extern .func (.param .b32 result) printf (.param .b64 a);
    .func (.param .b32 r) helper (.param .b64 a) { .reg .b32 %r<2>; { ret; } }
    .visible .entry first(.param .u32 a, .param .align 8 .b8 b[20], .param .u8 c, .param .u64 .ptr .global .align 4 d)
    .maxntid 16, 4, 2
    .minnctapersm 2
    { .pragma "nounroll"; ret; }
    .weak .entry second() { .shared .align 8 .b8 x[12]; .shared .f32 y; ret; }
    .section .debug_str { $L: .b8 1,2,3 }
  )");
  EXPECT_EQ(module.target, 90);
  ASSERT_EQ(module.kernels.size(), 2u);
  const Kernel& first = module.kernels.at("first");
  ASSERT_EQ(first.parameters.size(), 4u);
  const std::size_t offsets[] = {0, 8, 28, 32}, sizes[] = {4, 20, 1, 8};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(first.parameters[i].offset, offsets[i]);
    EXPECT_EQ(first.parameters[i].bytes, sizes[i]);
  }
  EXPECT_EQ(first.parameter_bytes, 40u);
  EXPECT_EQ(first.most_threads, 128u);
  EXPECT_EQ(first.static_shared, 0u);
  EXPECT_EQ(module.kernels.at("second").static_shared, 16u);
  EXPECT_EQ(module.kernels.at("second").most_threads, 1024u);
}

std::string refusal(const std::string& text) {
  try {
    parse_ptx(text);
  } catch (const std::runtime_error& error) { return error.what(); }
  return "";
}

TEST(PtxParse, TextThatIsNotUnderstood) {
  EXPECT_EQ(refusal(head + ".entry k() {\nadd.s32 %r1 %r2;\n}"), "PTX, line 5: '%r2' instead of ','");
  EXPECT_EQ(refusal(head + ".surprise 3"), "PTX, line 4: directive .surprise");
  EXPECT_EQ(refusal(head + ".entry k() { ret;"), "PTX, line 4: a kernel without end");
  EXPECT_EQ(refusal(head + ".entry k() { bra NOWHERE; }"), "PTX, line 4: no label NOWHERE");
  EXPECT_EQ(refusal(".version 9.0\n.file 1 \"a"), "PTX, line 2: a string without end");
}

// A kernel with what the double does not know is kept, and refused when it is started.
TEST(PtxParse, UnknownInstructions) {
  const std::pair<const char*, const char*> cases[] = {
      {"wmma.load.a.sync.aligned.row.m16n16k16.shared.f16 {%r1}, [%r2];",
       "wmma.load.a.sync.aligned.row.m16n16k16.shared.f16, for the opcode"},
      {"add.frobnicate.u32 %r1, %r2, 1;", "add.frobnicate.u32, for the modifier .frobnicate"},
      {"add.u128 %r1, %r2, 1;", "add.u128, for its type"},
      {"add.u64 %r1, %r2, 1;", "add.u64, for the size of %r1"},
      {"mov.u32 %r1, %envreg3;", "mov.u32, for the operand %envreg3"},
      {"ld.const.u32 %r1, [table];", "ld.const.u32, for the operand table"},
      {"mov.u64 %rd1, variable;", ".global variable"},
      {"shfl.up.b32 %r1, %r2, 1, 0;", "shfl.up.b32, for operations without .sync"},
      {"call.uni (%r1), f, (%r2);", "call.uni, for the opcode"},
      {".reg .f16 %h<2>;", "registers of type .f16"},
      {"add.u32 %r1, %r2;", "add.u32, for so few operands"},
      {"max.s32 %r1, %r2, 1, 2;", "max.s32, for so many operands"},
  };
  for (const auto& [instruction, what] : cases) {
    const Module module =
        parse_ptx(head + ".global .u32 variable;\n.entry k() {\n.reg .u32 %r<3>; .reg .u64 %rd<2>;\n" +
                  instruction + "\nret;\n}");
    EXPECT_EQ(run(module.kernels.at("k"), {}), Ended::illegal_instruction) << instruction;
    EXPECT_EQ(texts_of_reports(),
              std::vector<std::string>{std::string("unsupported: kernel k: PTX, line 7: ") + what});
  }
}

TEST(PtxParse, AClusterIsRefused) {
  const Module module = parse_ptx(head + ".entry k() .reqnctapercluster 2, 1, 1 { ret; }");
  EXPECT_EQ(run(module.kernels.at("k"), {}), Ended::illegal_instruction);
  EXPECT_EQ(texts_of_reports(),
            std::vector<std::string>{"unsupported: kernel k: PTX, line 4: .reqnctapercluster"});
}

TEST(PtxParse, ReportsSayWhere) {
  const Module module = parse_ptx(
      head +
      ".entry _ZN12_GLOBAL__N_16kernelILi3EEEvPFvvE(.param .u64 p) { .reg .u64 %rd<2>; .reg .u32 %r<2>;\n "
      "ld.param.u64 %rd1, [p];\n"
      ".loc 2 17 3\n.loc 2 0 3\n.loc 1 30 3, function_name $L+8, inlined_at 2 17 3\n ld.global.u32 %r1, "
      "[%rd1+1]; ret; }\n"
      ".file 1 \"/usr/include/header.h\", 1234, 5678\n.file 2 \"/home/kernel.cu\"\n");
  EXPECT_EQ(run(module.kernels.begin()->second, {.threads = {1, 1, 1}}, std::uint64_t{0}),
            Ended::misaligned_address);
  EXPECT_EQ(texts_of_reports(),
            std::vector<std::string>{"misaligned: kernel void (anonymous namespace)::kernel<3>, block (0, 0, "
                                     "0), thread (0, 0, 0), kernel.cu:17: 4 bytes at 0x1"});
}

// Nothing in what nvcc makes of our kernels, or of the library's sorts and sums, is unknown.
TEST(PtxParse, EverythingThatNvccMakes) {
  for (const std::string file :
       {"adam", "bias", "gather", "head", "softmax_cross_entropy", "clock", "product", "cub", "bugs"}) {
    for (const int target : {75, 80, 90, 120}) {
      if (file == "bugs" && target != 75) continue;
      const Module module = module_of_file(file + "." + std::to_string(target) + ".ptx");
      EXPECT_EQ(module.target, target);
      EXPECT_GE(module.kernels.size(), 1u);
      for (const auto& [name, kernel] : module.kernels)
        EXPECT_EQ(kernel.code->unsupported, "") << file << " " << name;
    }
  }
}

}  // namespace
}  // namespace duet::cuda_double
