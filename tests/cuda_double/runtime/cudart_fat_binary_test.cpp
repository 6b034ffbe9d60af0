// Kernels that are packed as a program's are: machine code for one architecture, and PTX for what comes
// later.
#include <cstdlib>

#include "tests/cuda_double/runtime/runtime_test.h"
#include "tests/cuda_double/runtime/test_kernels.h"

namespace duet::cuda_double {
namespace {

class FatBinary : public testing::Test {
 protected:
  void SetUp() override {
    ON_THE_DOUBLE();
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
  // The launch on a device of this architecture, in a process of its own.
  void expect_launch(const char* architecture, cudaError_t expected) {
    setenv("DUET_DOUBLE_ARCH", architecture, 1);
    EXPECT_EXIT(std::exit(launch() == expected && !HasFailure() ? 0 : 1), testing::ExitedWithCode(0), "");
  }
  static cudaError_t launch() {
    const Device x = device(3 * sizeof(float));
    const std::vector<float> values = {1, 2, 3};
    cudaMemcpy(x.get(), values.data(), 3 * sizeof(float), cudaMemcpyHostToDevice);
    launch_scale(reinterpret_cast<float*>(x.get()), 2, 3, nullptr);
    const cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) return error;
    std::vector<float> scaled(3);
    cudaMemcpy(scaled.data(), x.get(), 3 * sizeof(float), cudaMemcpyDeviceToHost);
    EXPECT_EQ(scaled, (std::vector<float>{2, 4, 6}));
    return cudaSuccess;
  }
};

TEST_F(FatBinary, WithoutPtxForADeviceDoesNotRunOnIt) {
  expect_launch("75", cudaErrorNoKernelImageForDevice);
  expect_launch(
      "90", cudaErrorNoKernelImageForDevice);  // of which it has machine code, which is not for the double
}

TEST_F(FatBinary, GivesTheNewestPtxThatADeviceCanTake) {
  for (const char* architecture : {"100", "120"}) {
    setenv("DUET_DOUBLE_ARCH", architecture, 1);
    const auto target = [] {
      cudaFuncAttributes kernel{};
      cudaFuncGetAttributes(&kernel, reinterpret_cast<const void*>(scale));
      return kernel.ptxVersion;
    };
    EXPECT_EXIT(std::exit(target() == std::atoi(architecture) ? 0 : 1), testing::ExitedWithCode(0), "");
  }
}

TEST_F(FatBinary, WithPackedPtxRunsOnLaterDevices) {
  expect_launch("100", cudaSuccess);
  expect_launch("120", cudaSuccess);
}

}  // namespace
}  // namespace duet::cuda_double
