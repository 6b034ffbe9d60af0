// The device that the environment describes. Each test that describes one starts a process of its own.
#include <dlfcn.h>

#include <cstdlib>

#include "tests/cuda_double/runtime/library.h"
#include "tests/cuda_double/runtime/runtime_test.h"
#include "tests/cuda_double/runtime/test_kernels.h"

namespace duet::cuda_double {
namespace {

TEST(Device, IsDescribedInOneVoice) {
  int count = 0, current = -1, value = 0;
  OK(cudaGetDeviceCount(&count));
  EXPECT_GE(count, 1);
  OK(cudaSetDevice(0));
  OK(cudaGetDevice(&current));
  EXPECT_EQ(current, 0);
  cudaDeviceProp is{};
  OK(cudaGetDeviceProperties(&is, 0));
  const auto expect = [&](cudaDeviceAttr attribute, std::size_t expected) {
    OK(cudaDeviceGetAttribute(&value, attribute, 0));
    EXPECT_EQ(static_cast<std::size_t>(value), expected) << attribute;
  };
  expect(cudaDevAttrComputeCapabilityMajor, static_cast<std::size_t>(is.major));
  expect(cudaDevAttrComputeCapabilityMinor, static_cast<std::size_t>(is.minor));
  expect(cudaDevAttrMultiProcessorCount, static_cast<std::size_t>(is.multiProcessorCount));
  expect(cudaDevAttrMaxSharedMemoryPerBlock, is.sharedMemPerBlock);
  expect(cudaDevAttrMaxSharedMemoryPerBlockOptin, is.sharedMemPerBlockOptin);
  expect(cudaDevAttrMaxThreadsPerMultiProcessor, static_cast<std::size_t>(is.maxThreadsPerMultiProcessor));
  expect(cudaDevAttrWarpSize, 32);
  EXPECT_EQ(cudaErrorInvalidDevice, cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, count));
  std::size_t free = 0, total = 0;
  OK(cudaMemGetInfo(&free, &total));
  EXPECT_GE(is.totalGlobalMem, total);
}

TEST(Device, HasVersions) {
  int driver = 0, runtime = 0;
  OK(cudaDriverGetVersion(&driver));
  OK(cudaRuntimeGetVersion(&runtime));
  EXPECT_EQ(runtime, CUDART_VERSION);
  EXPECT_GE(driver / 1000, runtime / 1000);
}

TEST(Device, SaysWhatTheDoubleDoesNotKnow) {
  ON_THE_DOUBLE();
  int value = 0;
  EXPECT_EQ(cudaErrorNotSupported, cudaDeviceGetAttribute(&value, cudaDevAttrMaxTexture1DWidth, 0));
  expect_report("unsupported");
}

// Runs `body` in a process of its own, where the environment says what it says here.
class Environment : public testing::Test {
 protected:
  void SetUp() override {
    ON_THE_DOUBLE();
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
  static void set(const char* name, const char* value) { setenv(name, value, 1); }
  template <class Body>
  void expect_there(const Body& body) {
    EXPECT_EXIT(
        {
          body();
          std::exit(HasFailure() ? 1 : 0);
        },
        testing::ExitedWithCode(0), "");
  }
};

TEST_F(Environment, ChoosesTheArchitecture) {
  set("DUET_DOUBLE_ARCH", "75");
  expect_there([] {
    cudaDeviceProp is{};
    OK(cudaGetDeviceProperties(&is, 0));
    EXPECT_EQ(is.major * 10 + is.minor, 75);
    EXPECT_EQ(is.multiProcessorCount, 40);
    EXPECT_EQ(is.sharedMemPerBlockOptin, 64u << 10);
    cudaFuncAttributes kernel{};
    OK(cudaFuncGetAttributes(&kernel, reinterpret_cast<const void*>(trap)));
    EXPECT_EQ(kernel.binaryVersion, 75);
  });
}

TEST_F(Environment, ChoosesTheMemory) {
  set("DUET_DOUBLE_MEMORY", "16");
  expect_there([] {
    std::size_t free = 0, total = 0;
    OK(cudaMemGetInfo(&free, &total));
    EXPECT_EQ(total, 16u << 20);
    void* data = nullptr;
    EXPECT_EQ(cudaErrorMemoryAllocation, cudaMalloc(&data, (16 << 20) + 1));
    OK(cudaMalloc(&data, 16 << 20));
    OK(cudaFree(data));
  });
}

TEST_F(Environment, TakesTheDeviceAway) {
  set("DUET_DOUBLE_DEVICES", "0");
  expect_there([] {
    int count = -1, version = 0;
    void* data = nullptr;
    EXPECT_EQ(cudaErrorNoDevice, cudaGetDeviceCount(&count));
    EXPECT_EQ(count, 0);
    EXPECT_EQ(cudaErrorNoDevice, cudaMalloc(&data, 4));
    EXPECT_EQ(cudaErrorNoDevice, cudaGetLastError());
    OK(cudaDriverGetVersion(&version));
    EXPECT_EQ(version, CUDART_VERSION);
  });
}

TEST_F(Environment, MakesTheDriverOld) {
  set("DUET_DOUBLE_DRIVER", "12020");
  expect_there([] {
    int count = -1, version = 0;
    EXPECT_EQ(cudaErrorInsufficientDriver, cudaGetDeviceCount(&count));
    EXPECT_EQ(cudaErrorInsufficientDriver, cudaDeviceSynchronize());
    OK(cudaDriverGetVersion(&version));
    EXPECT_EQ(version, 12020);
  });
}

TEST_F(Environment, FailsACall) {
  set("DUET_DOUBLE_FAIL", "2");
  expect_there([] {
    void* data = nullptr;
    OK(cudaSetDevice(0));
    EXPECT_EQ(cudaErrorMemoryAllocation, cudaMalloc(&data, 4));
    OK(cudaSetDevice(0));
  });
}

TEST_F(Environment, MustBeUnderstood) {
  set("DUET_DOUBLE_ARCH", "91");
  EXPECT_DEATH(cudaSetDevice(0), "no device of architecture 91");
  set("DUET_DOUBLE_ARCH", "9x");
  EXPECT_DEATH(cudaSetDevice(0), "DUET_DOUBLE_ARCH=9x is not a number");
}

// NVIDIA's library, on a machine without a driver: there the double must answer as it does.
class RealRuntime : public Environment {
 protected:
  void SetUp() override {
    Environment::SetUp();
    if (IsSkipped()) return;
    library = dlopen(DUET_REAL_CUDART, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) GTEST_SKIP() << dlerror();
  }
  template <class Function>
  Function* find(Function&, const char* name) const {
    return reinterpret_cast<Function*>(dlsym(library, name));
  }
  void* library = nullptr;
};

TEST_F(RealRuntime, HasTheSameWordsForErrors) {
  auto* const name = find(cudaGetErrorName, "cudaGetErrorName");
  auto* const sentence = find(cudaGetErrorString, "cudaGetErrorString");
  int known = 0;
  for (int number = 0; number < 1000; ++number) {
    const auto error = static_cast<cudaError_t>(number);
    const std::string words = cudaGetErrorName(error);
    if (!Double::take_reports().empty()) continue;  // it does not answer with it
    EXPECT_EQ(words, name(error));
    EXPECT_STREQ(cudaGetErrorString(error), sentence(error));
    ++known;
  }
  EXPECT_GE(known, 30);
}

TEST_F(RealRuntime, AnswersAsTheDoubleWithoutADriver) {
  int version = -1, of_double = -1;
  OK(find(cudaDriverGetVersion, "cudaDriverGetVersion")(&version));
  if (version != 0) GTEST_SKIP() << "there is a driver";
  set("DUET_DOUBLE_DRIVER", "none");
  expect_there([&] {
    const auto same = [&](auto& function, const char* name, auto... arguments) {
      EXPECT_EQ(function(arguments...), find(function, name)(arguments...)) << name;
    };
    OK(cudaDriverGetVersion(&of_double));
    EXPECT_EQ(of_double, 0);
    OK(cudaGetLastError() == cudaErrorInsufficientDriver ? cudaSuccess : cudaErrorUnknown);
    void* data = nullptr;
    int value = 5;
    cudaStream_t made = nullptr;
    cudaDeviceProp is{};
    same(cudaGetDeviceCount, "cudaGetDeviceCount", &value);
    EXPECT_EQ(value, 5);
    same(cudaSetDevice, "cudaSetDevice", 0);
    same(cudaGetDeviceProperties, "cudaGetDeviceProperties", &is, 0);
    same(cudaMalloc, "cudaMalloc", &data, 4);
    same(cudaFree, "cudaFree", nullptr);
    same(cudaStreamCreate, "cudaStreamCreate", &made);
    same(cudaStreamDestroy, "cudaStreamDestroy", nullptr);
    same(cudaDeviceSynchronize, "cudaDeviceSynchronize");
    same(cudaPeekAtLastError, "cudaPeekAtLastError");
    same(cudaGetLastError, "cudaGetLastError");
  });
}

}  // namespace
}  // namespace duet::cuda_double
