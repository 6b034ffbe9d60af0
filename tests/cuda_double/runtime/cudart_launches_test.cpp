// Launches: what reaches a kernel, what is refused, in streams and in graphs.
#include <numeric>

#include "tests/cuda_double/runtime/runtime_test.h"
#include "tests/cuda_double/runtime/test_kernels.h"

namespace duet::cuda_double {
namespace {

struct Grid {
  dim3 blocks = 1, threads = 1;
  std::size_t dynamic_shared = 0;
  cudaStream_t stream = nullptr;
};

template <class... Parameters>
cudaError_t launch(const Grid& grid, void (*kernel)(Parameters...),
                   std::type_identity_t<Parameters>... arguments) {
  void* pointers[] = {&arguments..., nullptr};
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid.blocks, grid.threads, pointers,
                          grid.dynamic_shared, grid.stream);
}

template <class T>
std::vector<T> read(const Device& from, std::size_t count) {
  std::vector<T> to(count);
  EXPECT_EQ(cudaSuccess, cudaMemcpy(to.data(), from.get(), count * sizeof(T), cudaMemcpyDeviceToHost));
  return to;
}
template <class T>
Device device_of(const std::vector<T>& values) {
  Device to = device(values.size() * sizeof(T));
  EXPECT_EQ(cudaSuccess,
            cudaMemcpy(to.get(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
  EXPECT_EQ(cudaSuccess, cudaDeviceSynchronize());
  return to;
}
template <class T>
T* as(const Device& device) {
  return reinterpret_cast<T*>(device.get());
}

TEST(Launches, HandOverParameters) {
  const Device to = device(4 * sizeof(double));
  OK(launch({}, unpack, {.c = 'a', .d = 2.5, .s = -7}, 'z', as<double>(to)));
  EXPECT_EQ(read<double>(to, 4), (std::vector<double>{'a', 2.5, -7, 'z'}));
}

TEST(Launches, HandOverGridsOfThreeDimensions) {
  const std::size_t count = 2 * 3 * 4 * 5 * 6 * 7;
  const Device to = device(count * sizeof(int));
  OK(launch({.blocks = {2, 3, 4}, .threads = {5, 6, 7}}, write_identity, as<int>(to)));
  std::vector<int> expected(count);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(read<int>(to, count), expected);
}

TEST(Launches, TakeParametersAsTheyAreNow) {
  const StreamHandle a = stream();
  const Device x = device_of<float>({1, 2, 3});
  float by = 2;
  int n = 3;
  float* data = as<float>(x);
  float add = 1;
  void* arguments[] = {&data, &by, &add, &n};
  OK(cudaLaunchKernel(reinterpret_cast<const void*>(scale), 1, 32, arguments, 0, a.get()));
  by = 0;
  data = nullptr;
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(read<float>(x, 3), (std::vector<float>{3, 5, 7}));
}

TEST(Launches, AreWrittenInThreeWays) {
  const StreamHandle a = stream();
  const Device x = device_of<float>({1, 2, 3});
  launch_scale(as<float>(x), 2, 3, a.get());
  OK(cudaGetLastError());
  OK(launch({.threads = 32, .stream = a.get()}, scale, as<float>(x), 3, 0, 3));
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attributes[0].val.programmaticStreamSerializationAllowed = 1;
  attributes[1].id = cudaLaunchAttributePriority;
  cudaLaunchConfig_t config{};
  config.gridDim = 1;
  config.blockDim = 32;
  config.stream = a.get();
  config.attrs = attributes;
  config.numAttrs = 2;
  float by = 5, add = 0;
  int n = 3;
  float* data = as<float>(x);
  void* arguments[] = {&data, &by, &add, &n};
  OK(cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(scale), arguments));
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(read<float>(x, 3), (std::vector<float>{30, 60, 90}));
}

TEST(Launches, RunWhenSomethingWaits) {
  ON_THE_DOUBLE();
  const StreamHandle a = stream();
  const Device x = device_of<float>({1, 2, 3});
  const Counters before = Double::here()->counters();
  launch_scale(as<float>(x), 2, 3, a.get());
  EXPECT_EQ(Double::here()->counters().kernels, before.kernels);
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(Double::here()->counters().kernels, before.kernels + 1);
}

TEST(Launches, RaceWhereStreamsDoNotWait) {
  ON_THE_DOUBLE();
  const StreamHandle a = stream(), b = stream();
  const EventHandle done = event();
  const Device x = device_of<float>({1, 2, 3});
  launch_scale(as<float>(x), 2, 3, a.get());
  OK(cudaEventRecord(done.get(), a.get()));
  OK(cudaStreamWaitEvent(b.get(), done.get(), 0));
  launch_scale(as<float>(x), 2, 3, b.get());
  OK(cudaDeviceSynchronize());
  expect_no_report();
  launch_scale(as<float>(x), 2, 3, a.get());
  launch_scale(as<float>(x), 2, 3, b.get());
  OK(cudaDeviceSynchronize());
  EXPECT_FALSE(Double::take_reports().empty());
}

TEST(Launches, AreCapturedWithTheirParameters) {
  const StreamHandle a = stream();
  const Device x = device_of<float>({1, 2, 3});
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  OK(cudaStreamBeginCapture(a.get(), cudaStreamCaptureModeGlobal));
  launch_scale(as<float>(x), 2, 3, a.get());
  OK(cudaStreamEndCapture(a.get(), &graph));
  cudaGraphNode_t node = nullptr;
  std::size_t count = 1;
  OK(cudaGraphGetNodes(graph, &node, &count));
  cudaKernelNodeParams parameters{};
  OK(cudaGraphKernelNodeGetParams(node, &parameters));
  EXPECT_EQ(parameters.blockDim.x, 32u);
  EXPECT_EQ(*static_cast<float**>(parameters.kernelParams[0]), as<float>(x));
  EXPECT_EQ(*static_cast<int*>(parameters.kernelParams[3]), 3);
  OK(cudaGraphInstantiateWithFlags(&exec, graph, 0));
  OK(cudaGraphDestroy(graph));
  for (int i = 0; i < 3; ++i) OK(cudaGraphLaunch(exec, a.get()));
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(read<float>(x, 3), (std::vector<float>{8, 16, 24}));
  OK(cudaGraphExecDestroy(exec));
  if (Double::here() != nullptr) { EXPECT_EQ(Double::here()->last_graph().kernels, 1u); }
}

TEST(Launches, OfSizesThatNoDeviceHasAreRefused) {
  const Device x = device(1 << 20);
  const auto refused = [&](const Grid& grid) {
    EXPECT_EQ(cudaErrorInvalidValue, launch(grid, write_identity, as<int>(x)));
    EXPECT_EQ(cudaErrorInvalidValue, cudaGetLastError());
    if (Double::here() != nullptr) expect_report("launch");
  };
  refused({.threads = 1025});
  refused({.threads = {64, 17}});
  refused({.threads = {1, 1, 65}});
  refused({.threads = 0});
  refused({.blocks = {1, 65536}});
  refused({.blocks = {1, 1, 65536}});
  refused({.blocks = 0});
  refused({.blocks = 0x80000000u});
  OK(launch({.threads = 1024}, write_identity, as<int>(x)));
  OK(launch({.threads = {1, 1, 64}}, write_identity, as<int>(x)));
  OK(launch({.blocks = {1, 65535}}, write_identity, as<int>(x)));
  OK(cudaDeviceSynchronize());
  expect_no_report();
}

TEST(Launches, BeyondTheBoundsOfTheKernelAreRefused) {
  const Device x = device(128 * sizeof(int));
  OK(launch({.threads = 64}, write_with_bounds, as<int>(x)));
  EXPECT_NE(cudaSuccess, launch({.threads = 65}, write_with_bounds, as<int>(x)));
  OK(cudaDeviceSynchronize());
  if (Double::here() != nullptr) expect_report("launch");
}

TEST(Launches, MustAskForMuchSharedMemory) {
  const std::size_t much = 60 << 10;
  const Device x = device_of(std::vector<int>(1024, 1));
  const Grid grid{.threads = 1024, .dynamic_shared = much};
  EXPECT_EQ(cudaErrorInvalidValue, launch(grid, reverse_in_shared, as<int>(x)));
  if (Double::here() != nullptr) expect_report("launch");
  const auto* const kernel = reinterpret_cast<const void*>(reverse_in_shared);
  OK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, much));
  OK(launch(grid, reverse_in_shared, as<int>(x)));
  EXPECT_EQ(cudaErrorInvalidValue,
            cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, 1 << 20));
  OK(cudaDeviceSynchronize());
}

TEST(Launches, ShareSharedMemoryWithWhatIsStatic) {
  const Device x = device_of(std::vector<int>(32, 0));
  OK(launch({.threads = 32, .dynamic_shared = 8 << 10}, write_with_static_shared, as<int>(x)));
  EXPECT_EQ(cudaErrorInvalidValue,
            launch({.threads = 32, .dynamic_shared = 9 << 10}, write_with_static_shared, as<int>(x)));
  EXPECT_EQ(read<int>(x, 32), std::vector<int>(32, 1));
  if (Double::here() != nullptr) expect_report("launch");
}

TEST(Launches, OfWhatIsNoKernelAreRefused) {
  EXPECT_EQ(cudaErrorInvalidResourceHandle, launch({}, launch_scale, nullptr, 0, 0, nullptr));
  if (Double::here() != nullptr) expect_report("launch");
}

TEST(Kernels, AreDescribed) {
  cudaFuncAttributes bounds{}, is_static{};
  OK(cudaFuncGetAttributes(&bounds, reinterpret_cast<const void*>(write_with_bounds)));
  EXPECT_EQ(bounds.maxThreadsPerBlock, 64);
  EXPECT_EQ(bounds.sharedSizeBytes, 0u);
  EXPECT_EQ(bounds.ptxVersion, 75);
  OK(cudaFuncGetAttributes(&is_static, reinterpret_cast<const void*>(write_with_static_shared)));
  EXPECT_EQ(is_static.sharedSizeBytes, std::size_t{40} << 10);
  int few = 0, many = 0;
  OK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      &few, reinterpret_cast<const void*>(write_with_static_shared), 32, 0));
  OK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&many, reinterpret_cast<const void*>(write_with_bounds),
                                                   32, 0));
  EXPECT_GE(few, 1);
  EXPECT_GT(many, few);
}

}  // namespace
}  // namespace duet::cuda_double
