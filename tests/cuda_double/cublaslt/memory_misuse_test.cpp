// Mistakes that the double must find when a product runs: in what memory it touches, and when.
#include <cstdio>
#include <cstdlib>

#include "tests/cuda_double/cublaslt/small_product.h"

namespace duet::cuda_double {
namespace {

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
