// Mistakes that the double must find in calls of cublasLtMatmul, each planted, and what resembles them and is
// right.
#include "tests/cuda_double/cublaslt/product_case.h"

namespace duet::cuda_double {
namespace {

struct Small {
  static constexpr int m = 16, n = 8, k = 12;
  ProductCase product;
  OnDevice<float> a{std::vector<float>(m * k, 1)}, b{std::vector<float>(k * n, 1)};
  OnDevice<float> d{std::vector<float>(m * n, 1)}, vector{std::vector<float>(m, 1)};
  OnDevice<unsigned char> mask{std::vector<unsigned char>(n * 128 / 8, 0xff)};
  // Where the product is told that things are; the tests move them.
  const float *at_a = a.data(), *at_b = b.data(), *at_c = d.data();
  float* at_d = d.data();
  void* workspace = product.workspace.data();
  float beta = 0;

  explicit Small(cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT)
      : product({.m = m, .n = n, .k = k, .epilogue = epilogue}) {
    tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, vector.data());
    tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, mask.data());
    tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{128});
    promise(product, 16);
    product.choose();
  }
  static void promise(ProductCase& product, std::uint32_t alignment) {
    for (const auto name :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
      EXPECT_EQ(product.wish(name, alignment), CUBLAS_STATUS_SUCCESS);
  }
  template <class T>
  void tell(cublasLtMatmulDescAttributes_t name, T value) {
    EXPECT_EQ(product.set(name, value), CUBLAS_STATUS_SUCCESS);
  }
  cublasStatus_t start(cudaStream_t stream) {
    return product.start(1, at_a, at_b, beta, at_c, at_d, workspace, stream);
  }
  cublasStatus_t start() { return start(product.stream); }
};

class Misuse : public testing::Test {
 protected:
  void SetUp() override {
    if (!on_double()) GTEST_SKIP() << "of the double";
  }
  void TearDown() override { EXPECT_EQ(reports(), ""); }
};

void expect_runs(Small& small) {
  EXPECT_EQ(small.start(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(small.product.stream), cudaSuccess);
}

// ---- Found when the call is made

void expect_refused(Small& small, const std::string& text,
                    cublasStatus_t expected = CUBLAS_STATUS_INVALID_VALUE) {
  EXPECT_EQ(small.start(), expected) << text;
  const std::string found = reports();
  EXPECT_EQ(found.rfind("misuse: cublasLtMatmul", 0), 0) << found;
  EXPECT_NE(found.find(text), std::string::npos) << found;
  EXPECT_EQ(cudaStreamSynchronize(small.product.stream), cudaSuccess);
  EXPECT_EQ(small.d.values(), std::vector<float>(Small::m * Small::n, 1)) << "it has run";
}

TEST_F(Misuse, NothingIsFoundInWhatIsRight) {
  for (const auto epilogue : {CUBLASLT_EPILOGUE_DEFAULT, CUBLASLT_EPILOGUE_RELU_AUX_BIAS,
                              CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADB}) {
    Small small(epilogue);
    expect_runs(small);
    small.beta = 1;
    expect_runs(small);
  }
}

TEST_F(Misuse, NullsAreFound) {
  const auto null = [](cublasLtEpilogue_t epilogue, const std::string& name, auto change) {
    Small small(epilogue);
    change(small);
    expect_refused(small, name + " is null");
  };
  null(CUBLASLT_EPILOGUE_DEFAULT, "A", [](Small& small) { small.at_a = nullptr; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "B", [](Small& small) { small.at_b = nullptr; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "D", [](Small& small) { small.at_d = nullptr; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "C", [](Small& small) { small.at_c = nullptr, small.beta = 1; });
  null(CUBLASLT_EPILOGUE_DEFAULT, "the workspace", [](Small& small) { small.workspace = nullptr; });
  float* const none = nullptr;
  for (const auto epilogue :
       {CUBLASLT_EPILOGUE_BIAS, CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_BGRADA})
    null(epilogue, "the vector behind the bias pointer",
         [&](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, none); });
  for (const auto epilogue : {CUBLASLT_EPILOGUE_RELU_AUX, CUBLASLT_EPILOGUE_DRELU})
    null(epilogue, "the mask",
         [&](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, none); });
}

TEST_F(Misuse, AWorkspaceThatIsTooSmallOrNotAlignedIsFound) {
  Small small;
  ASSERT_GT(small.product.workspace_needed, 0);
  small.workspace = small.product.workspace.data() + 128;
  expect_refused(small, "which is not a multiple of 256");
  small.workspace = small.product.workspace.data();
  small.product.workspace_needed -= 1;
  expect_refused(small, "bytes of workspace, of which");
}

TEST_F(Misuse, AMaskThatBecameTooNarrowIsFound) {
  Small small(CUBLASLT_EPILOGUE_RELU_AUX);
  small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, std::int64_t{64});
  expect_refused(small, "64 bits from column to column of the mask");
}

TEST_F(Misuse, WhatOverlapsWhatIsWrittenIsFound) {
  const auto overlapping = [](cublasLtEpilogue_t epilogue, const std::string& names, auto change) {
    Small small(epilogue);
    change(small);
    expect_refused(small, names + " overlap");
  };
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "A and D", [](Small& small) { small.at_a = small.at_d; });
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "B and D", [](Small& small) { small.at_b = small.at_d + 124; });
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "D and C", [](Small& small) {
    small.at_c = small.at_d + 4;
    small.beta = 1;
  });
  overlapping(CUBLASLT_EPILOGUE_BIAS, "D and the vector behind the bias pointer",
              [](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, small.at_d); });
  overlapping(CUBLASLT_EPILOGUE_BGRADA, "A and the vector behind the bias pointer",
              [](Small& small) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, small.at_a); });
  overlapping(CUBLASLT_EPILOGUE_DEFAULT, "B and the workspace",
              [](Small& small) { small.at_b = reinterpret_cast<float*>(small.workspace); });
  Small small;  // which is not read
  small.at_c = small.at_d + 4;
  expect_runs(small);
}

TEST_F(Misuse, PartsOfOneMatrixDoNotOverlap) {
  ProductCase product({.m = 16, .n = 12, .k = 12, .gap = 16});
  const OnDevice<float> both(std::vector<float>(32 * 12, 1)), b(std::vector<float>(28 * 12, 1));
  Small::promise(product, 16);
  product.choose();
  float* const upper = both.data();
  EXPECT_EQ(
      product.start(1, upper, b.data(), 0, upper + 16, upper + 16, product.workspace.data(), product.stream),
      CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(product.stream), cudaSuccess);
  EXPECT_EQ(
      product.start(1, upper, b.data(), 0, upper + 12, upper + 12, product.workspace.data(), product.stream),
      CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_NE(reports().find("A and D overlap"), std::string::npos);
}

TEST_F(Misuse, LessAlignmentThanTheAlgorithmNeedsIsFound) {
  Small small;
  const OnDevice<float> more(std::vector<float>(Small::m * Small::k + 64, 1));
  small.at_a = more.data() + 2;  // the algorithm needs 16
  expect_refused(small, "A at 0x", CUBLAS_STATUS_NOT_SUPPORTED);
  small.at_a = more.data() + 32;
  expect_runs(small);
}

TEST_F(Misuse, LessAlignmentThanWasPromisedIsFoundWhateverTheAlgorithmNeeds) {
  Small small;
  const OnDevice<float> more(std::vector<float>(Small::m * Small::k + 64, 1));
  small.promise(small.product, 256);
  small.product.choose();
  small.at_a = more.data() + 32;
  expect_refused(small, "A at 0x", CUBLAS_STATUS_NOT_SUPPORTED);
}

TEST_F(Misuse, AnAlgorithmOfAnotherProblemOrOfNobodyIsFound) {
  Small small;
  const Small other(CUBLASLT_EPILOGUE_RELU);
  small.product.algorithm = other.product.algorithm;
  expect_refused(small, "was chosen for another problem than 16 x 8 x 12");
  small.product.algorithm = {};
  expect_refused(small, "not one of this library's");
}

TEST_F(Misuse, HandlesThatWereGivenBackAreFound) {
  Small small;
  EXPECT_EQ(cublasLtMatmulDescDestroy(small.product.what), CUBLAS_STATUS_SUCCESS);
  expect_refused(small, "is no living descriptor");
  EXPECT_EQ(cublasLtMatmulDescDestroy(small.product.what), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_NE(reports().find("misuse: cublasLtMatmulDescDestroy"), std::string::npos);
  small.product.what = nullptr;
  EXPECT_EQ(cublasLtDestroy(small.product.library), CUBLAS_STATUS_SUCCESS);
  expect_refused(small, "is no living handle", CUBLAS_STATUS_NOT_INITIALIZED);
  ASSERT_EQ(cublasLtCreate(&small.product.library), CUBLAS_STATUS_SUCCESS);
}

TEST_F(Misuse, HandlesAreCounted) {
  const auto living = [] { return Double::here()->counters().living_handles; };
  const auto before = living();
  {
    const ProductCase product({.m = 16, .n = 8, .k = 12});
    EXPECT_EQ(living(), before + 7) << "a stream, a library, a description, three layouts, a preference";
  }
  EXPECT_EQ(living(), before);
}

TEST_F(Misuse, CallsCanBeMadeToFail) {
  Small small;
  for (int call = 1; call <= 3; ++call) {
    Double::here()->fail_at(static_cast<std::uint64_t>(call));
    std::vector<cublasLtMatmulHeuristicResult_t> proposed;
    EXPECT_EQ(small.product.set(CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N) == CUBLAS_STATUS_SUCCESS,
              call != 1);
    EXPECT_EQ(small.product.propose(1, proposed) == CUBLAS_STATUS_SUCCESS, call != 2);
    EXPECT_EQ(small.start() == CUBLAS_STATUS_SUCCESS, call != 3);
    EXPECT_TRUE(Double::here()->has_failed());
  }
  EXPECT_EQ(cudaStreamSynchronize(small.product.stream), cudaSuccess);
}

// ---- Found when it runs

// What the body's product does is an error of the device, behind which nothing runs any more: so it has a
// process of its own, which ends well if one report has `text` in it.
template <class Body>
void expect_found_running(const std::string& text, cudaError_t expected, const Body& body) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run = [&] {
    {
      Small small(CUBLASLT_EPILOGUE_RELU_AUX_BIAS);
      body(small);
      const bool started = small.start() == CUBLAS_STATUS_SUCCESS;
      const bool ended = cudaStreamSynchronize(small.product.stream) == expected;
      fputs((started && ended ? reports() : "not as expected; " + reports()).c_str(), stderr);
    }
    std::exit(0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "^" + text);
}

using MisuseDeathTest = Misuse;

TEST_F(MisuseDeathTest, MemoryOfTheHostIsFound) {
  expect_found_running("bounds: cublasLtMatmul 16 x 8 x 12: .* where no device memory is",
                       cudaErrorIllegalAddress, [](Small& small) {
                         alignas(256) static float host[Small::m * Small::k];
                         small.at_a = host;
                       });
}

TEST_F(MisuseDeathTest, MatricesThatAreTooSmallAreFound) {
  const auto too_small = [](int count, auto place) {
    expect_found_running(
        "bounds: cublasLtMatmul 16 x 8 x 12: .* into an allocation of " + std::to_string(4 * count),
        cudaErrorIllegalAddress, [&](Small& small) {
          static const OnDevice<float> memory(std::vector<float>(count, 0));
          place(small, memory.data());
        });
  };
  too_small(Small::m * Small::k - 1, [](Small& small, float* memory) { small.at_a = memory; });
  too_small(Small::k * Small::n - 1, [](Small& small, float* memory) { small.at_b = memory; });
  too_small(Small::m * Small::n - 1, [](Small& small, float* memory) { small.at_d = memory; });
  too_small(Small::m * Small::n - 2, [](Small& small, float* memory) {
    small.at_c = memory;
    small.beta = 1;
  });
  too_small(Small::m - 1,
            [](Small& small, float* memory) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, memory); });
  too_small(Small::n * 4 - 1, [](Small& small, float* memory) {
    small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, memory);
  });
}

TEST_F(Misuse, WhatNobodyWroteIsFound) {
  const auto unwritten = [](cublasLtEpilogue_t epilogue, bool found, auto place) {
    Small small(epilogue);
    const OnDevice<float> memory(1024);
    place(small, memory.data());
    expect_runs(small);
    EXPECT_EQ(reports().find("uninitialised: cublasLtMatmul 16 x 8 x 12") != std::string::npos, found);
  };
  unwritten(CUBLASLT_EPILOGUE_DEFAULT, true, [](Small& small, float* memory) { small.at_a = memory; });
  unwritten(CUBLASLT_EPILOGUE_DEFAULT, true, [](Small& small, float* memory) { small.at_b = memory; });
  unwritten(CUBLASLT_EPILOGUE_DEFAULT, true, [](Small& small, float* memory) {
    small.at_c = memory;
    small.beta = 1;
  });
  unwritten(CUBLASLT_EPILOGUE_BIAS, true,
            [](Small& small, float* memory) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, memory); });
  unwritten(CUBLASLT_EPILOGUE_DRELU, true, [](Small& small, float* memory) {
    small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, memory);
  });
  // What is not read need not be written.
  unwritten(CUBLASLT_EPILOGUE_DEFAULT, false,
            [](Small& small, float* memory) { small.at_c = small.at_d = memory; });
  unwritten(CUBLASLT_EPILOGUE_DRELU_BGRAD, false,
            [](Small& small, float* memory) { small.tell(CUBLASLT_MATMUL_DESC_BIAS_POINTER, memory); });
}

TEST_F(Misuse, AllOfTheMaskIsWritten) {
  Small small(CUBLASLT_EPILOGUE_RELU_AUX);
  const OnDevice<unsigned char> mask(Small::n * 128 / 8);
  small.tell(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, mask.data());
  expect_runs(small);
  mask.values();
}

// Two products at the same time, that share nothing but what `share` makes them share.
template <class Share>
std::string reports_of_two(bool ordered, const Share& share) {
  Small first, second;
  share(first, second);
  cudaEvent_t done = nullptr;
  EXPECT_EQ(cudaEventCreateWithFlags(&done, cudaEventDisableTiming), cudaSuccess);
  EXPECT_EQ(first.start(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaEventRecord(done, first.product.stream), cudaSuccess);
  if (ordered) { EXPECT_EQ(cudaStreamWaitEvent(second.product.stream, done, 0), cudaSuccess); }
  EXPECT_EQ(second.start(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(done), cudaSuccess);
  return reports();
}

TEST_F(Misuse, ProductsThatShareMemoryInNoOrderAreFound) {
  const auto nothing = [](Small&, Small&) {};
  const auto the_workspace = [](Small& first, Small& second) { second.workspace = first.workspace; };
  const auto the_result = [](Small& first, Small& second) { second.at_b = first.at_d; };
  const auto a_factor = [](Small& first, Small& second) { second.at_a = first.at_a; };
  EXPECT_EQ(reports_of_two(false, nothing), "");
  EXPECT_EQ(reports_of_two(false, a_factor), "");
  EXPECT_EQ(reports_of_two(true, the_workspace), "");
  EXPECT_EQ(reports_of_two(true, the_result), "");
  EXPECT_EQ(reports_of_two(false, the_workspace).rfind("race: ", 0), 0);
  EXPECT_EQ(reports_of_two(false, the_result).rfind("race: ", 0), 0);
}

}  // namespace
}  // namespace duet::cuda_double
