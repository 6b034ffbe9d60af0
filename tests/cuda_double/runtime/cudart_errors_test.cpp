// Errors: those of a call, those that a kernel leaves behind, and those that a test asks for.
#include <thread>

#include "tests/cuda_double/runtime/runtime_test.h"
#include "tests/cuda_double/runtime/test_kernels.h"

namespace duet::cuda_double {
namespace {

TEST(Errors, OfACallAreForgottenWhenTheyAreAskedFor) {
  void* data = nullptr;
  EXPECT_EQ(cudaErrorInvalidDevice, cudaSetDevice(1000));
  EXPECT_EQ(cudaErrorInvalidDevice, cudaPeekAtLastError());
  OK(cudaMalloc(&data, 4));  // which has nothing to do with it
  OK(cudaFree(data));
  std::thread([] { EXPECT_EQ(cudaSuccess, cudaGetLastError()); }).join();
  EXPECT_EQ(cudaErrorInvalidDevice, cudaGetLastError());
  EXPECT_EQ(cudaSuccess, cudaGetLastError());
}

TEST(Errors, HaveNamesAndSentences) {
  EXPECT_STREQ(cudaGetErrorName(cudaErrorMemoryAllocation), "cudaErrorMemoryAllocation");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorMemoryAllocation), "out of memory");
  EXPECT_STREQ(cudaGetErrorName(cudaSuccess), "cudaSuccess");
}

// Each ends its process: no call works any more, not even giving back.
class KernelErrors : public testing::Test {
 protected:
  void SetUp() override { ON_THE_DOUBLE(); }
  template <class... Arguments>
  void launch(void (*kernel)(Arguments...), std::type_identity_t<Arguments>... arguments) {
    void* pointers[] = {&arguments..., nullptr};
    OK(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), 1, 32, pointers, 0, a));
  }
  // The next wait, and all that follows, for good.
  void expect_for_good(cudaError_t error) {
    OK(cudaMemsetAsync(data, 7, 4, a));  // nobody has noticed yet
    EXPECT_EQ(error, cudaStreamSynchronize(a));
    EXPECT_EQ(error, cudaGetLastError());
    void* more = nullptr;
    EXPECT_EQ(error, cudaMalloc(&more, 4));
    EXPECT_EQ(error, cudaDeviceSynchronize());
    EXPECT_EQ(error, cudaMemsetAsync(data, 7, 4, a));
    EXPECT_EQ(error, cudaFree(data));
    EXPECT_EQ(error, cudaStreamDestroy(a));
    EXPECT_EQ(Double::here()->counters().living_allocations, 0u);
    EXPECT_EQ(Double::here()->counters().living_handles, 0u);
  }
  cudaStream_t a = stream().release();
  std::byte* data = device(64).release();
};

TEST_F(KernelErrors, OfAnAddressOutsideAllMemory) {
  launch(read_at, nullptr, reinterpret_cast<int*>(data));
  expect_for_good(cudaErrorIllegalAddress);
  expect_report("bounds");
}

TEST_F(KernelErrors, OfAnAddressThatIsMisaligned) {
  launch(read_at, reinterpret_cast<int*>(data + 2), reinterpret_cast<int*>(data));
  expect_for_good(cudaErrorMisalignedAddress);
  expect_report("misaligned");
}

TEST_F(KernelErrors, OfATrap) {
  launch(trap);
  expect_for_good(cudaErrorIllegalInstruction);
  EXPECT_LE(Double::take_reports().size(), 1u);
}

TEST(Injection, FailsTheCallThatItNames) {
  ON_THE_DOUBLE();
  void* data = nullptr;
  Double::here()->fail_at(2);
  const StreamHandle a = stream();
  EXPECT_FALSE(Double::here()->has_failed());
  EXPECT_EQ(cudaErrorMemoryAllocation, cudaMalloc(&data, 4));
  EXPECT_TRUE(Double::here()->has_failed());
  EXPECT_EQ(data, nullptr);
  EXPECT_EQ(cudaErrorMemoryAllocation, cudaGetLastError());
  OK(cudaMalloc(&data, 4));
  Double::here()->fail_at(1);
  EXPECT_EQ(cudaErrorUnknown, cudaMemsetAsync(data, 0, 4, a.get()));
  Double::here()->fail_at(1);
  Double::here()->fail_at(0);
  OK(cudaMemsetAsync(data, 0, 4, a.get()));
  Double::here()->fail_at(1);
  EXPECT_EQ(cudaErrorUnknown, cudaStreamSynchronize(a.get()));
  OK(cudaStreamSynchronize(a.get()));
  Double::here()->fail_at(1);
  EXPECT_EQ(cudaErrorUnknown, cudaFree(data));  // and it is freed all the same
  EXPECT_EQ(Double::here()->counters().living_allocations, 0u);
}

// Every call of a small program fails in turn; none goes unnoticed, and what was made is given back.
TEST(Injection, ReachesEveryCallOfAProgram) {
  ON_THE_DOUBLE();
  const auto program = [] {
    cudaStream_t in = nullptr;
    void* data = nullptr;
    cudaError_t error = cudaStreamCreateWithFlags(&in, cudaStreamNonBlocking);
    if (error == cudaSuccess) error = cudaMalloc(&data, 64);
    if (error == cudaSuccess) error = cudaMemsetAsync(data, 1, 64, in);
    if (error == cudaSuccess) error = cudaStreamSynchronize(in);
    // It may still be at work where that failed.
    if (error != cudaSuccess && in != nullptr) cudaStreamSynchronize(in);
    const cudaError_t freed = cudaFree(data);
    const cudaError_t destroyed = in != nullptr ? cudaStreamDestroy(in) : cudaSuccess;
    return error != cudaSuccess ? error : freed != cudaSuccess ? freed : destroyed;
  };
  int failed = 0;
  for (std::uint64_t call = 1;; ++call) {
    Double::here()->fail_at(call);
    const cudaError_t error = program();
    EXPECT_EQ(Double::here()->counters().living_allocations, 0u);
    EXPECT_EQ(Double::here()->counters().living_handles, 0u);
    if (!Double::here()->has_failed()) {
      EXPECT_EQ(error, cudaSuccess);
      break;
    }
    EXPECT_NE(error, cudaSuccess);
    ++failed;
  }
  EXPECT_EQ(failed, 6);
}

}  // namespace
}  // namespace duet::cuda_double
