// What a GPU can do at once, whatever the program: the limits of the table that tools/gpu-check makes, as one
// JSON object. usage: gpu_limits [tiny]   (tiny: sizes with which it merely runs through, on the double of
// CUDA too)
#include <cuda_runtime.h>
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void check(cudaError_t status, const char* doing) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "gpu_limits: CUDA failed at %s: %s\n", doing, cudaGetErrorString(status));
  std::exit(1);
}

__global__ void __launch_bounds__(32) nothing() {}

__global__ void __launch_bounds__(256) copy(float4* to, const float4* from, int count) {
  const int stride = static_cast<int>(gridDim.x * blockDim.x);
  for (int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); i < count; i += stride)
    to[i] = from[i];
}

struct Sizes {
  int chain, joins, launches, rounds;
  std::size_t beyond_caches, in_l2;  // bytes of a copy, read and written together
};
constexpr Sizes real = {1000, 200, 1000, 20, std::size_t{2} << 30, std::size_t{15} << 20};
constexpr Sizes tiny = {10, 4, 4, 2, 4096, 2048};

cudaStream_t make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
  return stream;
}

cudaEvent_t make_event(unsigned flags) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, flags), "making an event");
  return event;
}

// Median of the device's seconds for what `record` puts into a graph; the first replay, which uploads, counts
// for none.
template <class Record>
double graph_seconds(cudaStream_t stream, int rounds, const Record& record) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "beginning a capture");
  record();
  check(cudaStreamEndCapture(stream, &graph), "ending a capture");
  check(cudaGraphInstantiate(&ready, graph, 0), "instantiating a graph");
  const cudaEvent_t before = make_event(cudaEventDefault), after = make_event(cudaEventDefault);
  std::vector<double> seconds;
  for (int round = 0; round <= rounds; ++round) {
    check(cudaEventRecord(before, stream), "recording an event");
    check(cudaGraphLaunch(ready, stream), "launching a graph");
    check(cudaEventRecord(after, stream), "recording an event");
    check(cudaStreamSynchronize(stream), "waiting for a graph");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, before, after), "reading the device's clock");
    if (round > 0) seconds.push_back(double{milliseconds} / 1e3);
  }
  check(cudaEventDestroy(before), "ending an event");
  check(cudaEventDestroy(after), "ending an event");
  check(cudaGraphExecDestroy(ready), "ending a graph");
  check(cudaGraphDestroy(graph), "ending a graph");
  std::nth_element(seconds.begin(), seconds.begin() + rounds / 2, seconds.end());
  return seconds[static_cast<std::size_t>(rounds) / 2];
}

double chain_seconds(cudaStream_t stream, const Sizes& sizes) {
  return graph_seconds(stream, sizes.rounds,
                       [&] {
                         for (int node = 0; node < sizes.chain; ++node) nothing<<<1, 32, 0, stream>>>();
                       }) /
         sizes.chain;
}

// A kernel in each of two streams, which then wait for each other: the second stream's is what a join adds to
// a chain.
double fork_and_join_seconds(cudaStream_t stream, const Sizes& sizes) {
  const cudaStream_t side = make_stream();
  const cudaEvent_t forked = make_event(cudaEventDisableTiming), joined = make_event(cudaEventDisableTiming);
  const double seconds = graph_seconds(stream, sizes.rounds, [&] {
    for (int join = 0; join < sizes.joins; ++join) {
      check(cudaEventRecord(forked, stream), "recording an event");
      check(cudaStreamWaitEvent(side, forked, 0), "waiting for an event");
      nothing<<<1, 32, 0, side>>>();
      nothing<<<1, 32, 0, stream>>>();
      check(cudaEventRecord(joined, side), "recording an event");
      check(cudaStreamWaitEvent(stream, joined, 0), "waiting for an event");
    }
  });
  check(cudaEventDestroy(forked), "ending an event");
  check(cudaEventDestroy(joined), "ending an event");
  check(cudaStreamDestroy(side), "ending a stream");
  return seconds / sizes.joins;
}

// Of the host, for a launch that waits for nothing.
double launch_seconds(cudaStream_t stream, const Sizes& sizes) {
  check(cudaStreamSynchronize(stream), "waiting for a stream");
  const Clock::time_point start = Clock::now();
  for (int launch = 0; launch < sizes.launches; ++launch) nothing<<<1, 32, 0, stream>>>();
  const double seconds = seconds_since(start) / sizes.launches;
  check(cudaStreamSynchronize(stream), "waiting for kernels");
  return seconds;
}

// Bytes a second, read and written. Several copies in a row: those after the first find in L2 what fits
// there.
double copy_rate(cudaStream_t stream, const Sizes& sizes, std::size_t bytes) {
  constexpr int copies = 20;
  float4 *from = nullptr, *to = nullptr;
  check(cudaMalloc(&from, bytes / 2), "allocating");
  check(cudaMalloc(&to, bytes / 2), "allocating");
  check(cudaMemsetAsync(from, 1, bytes / 2, stream), "filling memory");
  int processors = 0;
  check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0), "asking for multiprocessors");
  const int count = static_cast<int>(bytes / 2 / sizeof(float4));
  const unsigned blocks = static_cast<unsigned>(std::min(8 * processors, (count + 255) / 256));
  const double seconds = graph_seconds(stream, sizes.rounds, [&] {
    for (int i = 0; i < copies; ++i) copy<<<blocks, 256, 0, stream>>>(to, from, count);
  });
  check(cudaFree(from), "giving memory back");
  check(cudaFree(to), "giving memory back");
  return copies * static_cast<double>(bytes) / seconds;
}

double milliseconds_of_context() {
  const Clock::time_point start = Clock::now();
  check(cudaFree(nullptr), "opening the device");
  return 1e3 * seconds_since(start);
}

// Loading the library, half a gigabyte, and making its handle; negative where it is not there.
double milliseconds_of_cublas_lt() {
  const Clock::time_point start = Clock::now();
  void* const library = dlopen("libcublasLt.so.13", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return -1;
  using Create = int(void**);
  using Destroy = int(void*);
  auto* const create = reinterpret_cast<Create*>(dlsym(library, "cublasLtCreate"));
  auto* const destroy = reinterpret_cast<Destroy*>(dlsym(library, "cublasLtDestroy"));
  void* handle = nullptr;
  if (create == nullptr || destroy == nullptr || create(&handle) != 0) return -1;
  const double milliseconds = 1e3 * seconds_since(start);
  destroy(handle);
  return milliseconds;
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_tiny = argc == 2 && std::strcmp(argv[1], "tiny") == 0;
  if (argc > 1 && !is_tiny) {
    std::fprintf(stderr, "usage: gpu_limits [tiny]\n");
    return 2;
  }
  const Sizes& sizes = is_tiny ? tiny : real;
  const double context = milliseconds_of_context(), cublas_lt = milliseconds_of_cublas_lt();
  const cudaStream_t stream = make_stream();
  const double node = chain_seconds(stream, sizes), join = fork_and_join_seconds(stream, sizes);
  const double launch = launch_seconds(stream, sizes);
  const double memory = copy_rate(stream, sizes, sizes.beyond_caches),
               l2 = copy_rate(stream, sizes, sizes.in_l2);
  check(cudaStreamDestroy(stream), "ending a stream");
  std::printf(
      "{\"node_us\": %.4g, \"fork_and_join_us\": %.4g, \"launch_us\": %.4g, \"memory_gb_per_s\": %.4g, "
      "\"l2_gb_per_s\": %.4g, \"context_ms\": %.4g, \"cublas_lt_ms\": %.4g}\n",
      1e6 * node, 1e6 * join, 1e6 * launch, memory / 1e9, l2 / 1e9, context, cublas_lt);
}
