// NVIDIA's own kernels: a program whose correctness is not in question, and a large one.
#include <algorithm>
#include <numeric>
#include <random>

#include "tests/cuda_double/runtime/cub_kernels.h"
#include "tests/cuda_double/runtime/runtime_test.h"

namespace duet::cuda_double {
namespace {

template <class T>
std::vector<T> random_values(int n, unsigned most) {
  std::mt19937 random(7);
  std::vector<T> values(static_cast<std::size_t>(n));
  for (T& value : values) value = static_cast<T>(random() % (most + 1ull));
  return values;
}

template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t count) : data_(device(count * sizeof(T))), count_(count) {}
  explicit Buffer(const std::vector<T>& values) : Buffer(values.size()) {
    EXPECT_EQ(cudaSuccess, cudaMemcpy(get(), values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice));
    EXPECT_EQ(cudaSuccess, cudaDeviceSynchronize());
  }
  T* get() const { return reinterpret_cast<T*>(data_.get()); }
  std::vector<T> read() const {
    std::vector<T> values(count_);
    EXPECT_EQ(cudaSuccess, cudaDeviceSynchronize());
    EXPECT_EQ(cudaSuccess, cudaMemcpy(values.data(), get(), count_ * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  Device data_;
  std::size_t count_;
};

constexpr int one_block = 100, several_blocks = 9000;  // of which the last is not full

TEST(Cub, SortsKeys) {
  const StreamHandle a = stream();
  auto keys = random_values<std::uint32_t>(one_block, ~0u);
  const Buffer<std::uint32_t> from(keys), to(keys.size());
  OK(sort_keys(from.get(), to.get(), one_block, a.get()));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(to.read(), keys);
}

TEST(Cub, SortsPairsAndKeepsEqualOnesInOrder) {
  const StreamHandle a = stream();
  const auto keys = random_values<std::uint32_t>(several_blocks, 30);
  std::vector<int> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  const Buffer<std::uint32_t> from(keys), to(keys.size());
  const Buffer<int> values(order), sorted(order.size());
  OK(sort_pairs(from.get(), to.get(), values.get(), sorted.get(), several_blocks, a.get()));
  std::stable_sort(order.begin(), order.end(), [&](int i, int j) {
    return keys[static_cast<std::size_t>(i)] < keys[static_cast<std::size_t>(j)];
  });
  EXPECT_EQ(sorted.read(), order);
}

TEST(Cub, Counts) {
  const StreamHandle a = stream();
  const auto values = random_values<std::uint8_t>(several_blocks, 255);
  const Buffer<std::uint8_t> from(values);
  const Buffer<int> bins(std::size_t{256});
  OK(histogram(from.get(), bins.get(), several_blocks, a.get()));
  std::vector<int> expected(256);
  for (const std::uint8_t value : values) ++expected[value];
  EXPECT_EQ(bins.read(), expected);
}

TEST(Cub, SortsForThrust) {
  const StreamHandle a = stream();
  const auto keys = random_values<std::uint32_t>(several_blocks, 1 << 20);
  std::vector<float> values(keys.begin(), keys.end());
  const Buffer<float> on_device(values);
  thrust_sort(on_device.get(), several_blocks, a.get());
  std::sort(values.begin(), values.end());
  EXPECT_EQ(on_device.read(), values);
}

}  // namespace
}  // namespace duet::cuda_double
