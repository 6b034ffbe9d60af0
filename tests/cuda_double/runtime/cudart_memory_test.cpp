// Allocations, copies and fills: what arrives, when it was read, what is refused.
#include <cstring>

#include "tests/cuda_double/runtime/runtime_test.h"

namespace duet::cuda_double {
namespace {

std::vector<std::byte> numbered(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + 1);
  return bytes;
}

std::vector<std::byte> read(const Device& from, std::size_t count) {
  auto to = bytes(count, 0);
  EXPECT_EQ(cudaSuccess, cudaMemcpy(to.data(), from.get(), count, cudaMemcpyDeviceToHost));
  return to;
}

TEST(Copies, GoToTheDeviceAndBack) {
  const auto data = numbered(1003);
  const Device a = device(data.size()), b = device(data.size());
  OK(cudaMemcpy(a.get(), data.data(), data.size(), cudaMemcpyHostToDevice));
  OK(cudaMemcpy(b.get(), a.get(), data.size(), cudaMemcpyDeviceToDevice));
  EXPECT_EQ(read(b, data.size()), data);
  OK(cudaMemcpy(a.get() + 1, b.get() + 500, 3, cudaMemcpyDefault));
  auto expected = data;
  std::memcpy(&expected[1], &data[500], 3);
  EXPECT_EQ(read(a, data.size()), expected);
}

TEST(Copies, GoToPinnedMemoryInAStream) {
  const StreamHandle a = stream();
  const Pinned from = pinned(64), to = pinned(64);
  const Device on_device = device(64);
  const auto data = numbered(64);
  std::memcpy(from.get(), data.data(), 64);
  OK(cudaMemcpyAsync(on_device.get(), from.get(), 64, cudaMemcpyHostToDevice, a.get()));
  OK(cudaMemcpyAsync(to.get(), on_device.get(), 64, cudaMemcpyDefault, a.get()));
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(std::memcmp(to.get(), data.data(), 64), 0);
}

TEST(Copies, OfRowsLeaveWhatIsBetweenThem) {
  const auto data = numbered(3 * 10);
  const Device a = device(3 * 16);
  OK(cudaMemset(a.get(), 9, 3 * 16));
  OK(cudaMemcpy2D(a.get(), 16, data.data(), 10, 8, 3, cudaMemcpyHostToDevice));
  auto expected = bytes(3 * 16, 9);
  for (std::size_t row = 0; row < 3; ++row) std::memcpy(&expected[row * 16], &data[row * 10], 8);
  EXPECT_EQ(read(a, 3 * 16), expected);
  auto back = bytes(3 * 5, 0);
  OK(cudaMemcpy2D(back.data(), 5, a.get() + 2, 16, 5, 3, cudaMemcpyDeviceToHost));
  for (std::size_t row = 0; row < 3; ++row)
    EXPECT_EQ(std::memcmp(&back[row * 5], &expected[row * 16 + 2], 5), 0);
}

TEST(Copies, OfPageableMemoryTakeItAtOnce) {
  const StreamHandle a = stream();
  const Device on_device = device(64);
  auto data = numbered(64);
  OK(cudaMemcpyAsync(on_device.get(), data.data(), 64, cudaMemcpyHostToDevice, a.get()));
  const auto before = data;
  data.assign(64, std::byte{0});
  auto back = bytes(64, 0);
  OK(cudaMemcpyAsync(back.data(), on_device.get(), 64, cudaMemcpyDeviceToHost, a.get()));
  EXPECT_EQ(back, before);
  OK(cudaStreamSynchronize(a.get()));  // for the checks: a copy to pageable memory may return earlier
}

TEST(Copies, OfPinnedMemoryThatTheHostOverwritesAreARace) {
  ON_THE_DOUBLE();
  const StreamHandle a = stream();
  const Device on_device = device(64);
  const Pinned data = pinned(64);
  std::memset(data.get(), 1, 64);
  OK(cudaMemcpyAsync(on_device.get(), data.get(), 64, cudaMemcpyHostToDevice, a.get()));
  std::memset(data.get(), 2, 64);
  OK(cudaStreamSynchronize(a.get()));
  expect_report("race");
  EXPECT_EQ(read(on_device, 64), bytes(64, 2));
  OK(cudaMemcpyAsync(on_device.get(), data.get(), 64, cudaMemcpyHostToDevice, a.get()));
  OK(cudaStreamSynchronize(a.get()));
  std::memset(data.get(), 3, 64);
  expect_no_report();
}

TEST(Copies, OfPinnedMemoryThatTheDeviceOverwritesAreNone) {
  const StreamHandle a = stream();
  const Device on_device = device(64);
  const Pinned data = pinned(64);
  OK(cudaMemsetAsync(on_device.get(), 5, 64, a.get()));
  OK(cudaMemcpyAsync(data.get(), on_device.get(), 64, cudaMemcpyDeviceToHost, a.get()));
  OK(cudaMemcpyAsync(on_device.get(), data.get(), 64, cudaMemcpyHostToDevice, a.get()));
  OK(cudaStreamSynchronize(a.get()));
  expect_no_report();
}

TEST(Copies, ToPinnedMemoryAreNotThereEarly) {
  ON_THE_DOUBLE();
  const StreamHandle a = stream();
  const Device on_device = device(4);
  const Pinned data = pinned(4);
  std::memset(data.get(), 1, 4);
  OK(cudaMemsetAsync(on_device.get(), 2, 4, a.get()));
  OK(cudaMemcpyAsync(data.get(), on_device.get(), 4, cudaMemcpyDeviceToHost, a.get()));
  EXPECT_EQ(*data, std::byte{1});
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(*data, std::byte{2});
}

TEST(Copies, OfWhatNobodyWroteAreReported) {
  ON_THE_DOUBLE();
  const Device a = device(64);
  OK(cudaMemset(a.get(), 0, 60));
  read(a, 60);
  expect_no_report();
  read(a, 64);
  expect_report("uninitialised");
}

TEST(Copies, OutOfRangeAreRefused) {
  ON_THE_DOUBLE();
  const Device a = device(61);
  const auto data = bytes(64, 1);
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy(a.get(), data.data(), 62, cudaMemcpyHostToDevice));
  expect_report("bounds");
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy2D(a.get(), 16, data.data(), 16, 14, 4, cudaMemcpyHostToDevice));
  expect_report("bounds");
  OK(cudaMemcpy2D(a.get(), 16, data.data(), 16, 13, 4, cudaMemcpyHostToDevice));
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemset(a.get() + 1, 0, 61));
  expect_report("bounds");
  const Pinned on_host = pinned(8);
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy(on_host.get(), a.get(), 9, cudaMemcpyDeviceToHost));
  expect_report("bounds");
}

TEST(Copies, InAWrongDirectionAreRefused) {
  ON_THE_DOUBLE();
  const Device a = device(64), b = device(64);
  auto data = bytes(64, 1);
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy(data.data(), a.get(), 64, cudaMemcpyHostToDevice));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy(a.get(), b.get(), 64, cudaMemcpyDeviceToHost));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemset(data.data(), 0, 64));
  expect_report("misuse");
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy(a.get(), nullptr, 64, cudaMemcpyHostToDevice));
  EXPECT_EQ(cudaErrorInvalidPitchValue,
            cudaMemcpy2D(a.get(), 4, data.data(), 8, 8, 2, cudaMemcpyHostToDevice));
  expect_no_report();
}

// "API synchronization behavior": the bytes may still be on their way, and no other stream waits for them.
TEST(Copies, FromPageableMemoryMayReturnBeforeTheyAreDone) {
  ON_THE_DOUBLE();
  const auto data = bytes(64, 1);
  const StreamHandle waits_for_legacy = stream(cudaStreamDefault), does_not = stream();
  const Device a = device(64);
  OK(cudaMemcpy(a.get(), data.data(), 64, cudaMemcpyHostToDevice));
  OK(cudaMemsetAsync(a.get(), 2, 64, waits_for_legacy.get()));
  OK(cudaStreamSynchronize(waits_for_legacy.get()));
  expect_no_report();
  OK(cudaMemcpy(a.get(), data.data(), 64, cudaMemcpyHostToDevice));
  OK(cudaMemsetAsync(a.get(), 2, 64, does_not.get()));
  OK(cudaDeviceSynchronize());
  expect_report("race");
}

TEST(Allocation, GivesOutWhatIsThere) {
  std::size_t free = 0, total = 0;
  OK(cudaMemGetInfo(&free, &total));
  EXPECT_LE(free, total);
  void* data = nullptr;
  EXPECT_EQ(cudaErrorMemoryAllocation, cudaMalloc(&data, total + 1));
  EXPECT_EQ(data, nullptr);
  EXPECT_EQ(cudaErrorMemoryAllocation, cudaGetLastError());
  OK(cudaMalloc(&data, 0));
  EXPECT_EQ(data, nullptr);
  OK(cudaFree(nullptr));
  OK(cudaFreeHost(nullptr));
}

TEST(Allocation, IsTakenFromWhatIsFree) {
  ON_THE_DOUBLE();  // a GPU's memory is other programs' too
  std::size_t free = 0, total = 0, less = 0;
  OK(cudaMemGetInfo(&free, &total));
  const Device one = device(1 << 20);
  OK(cudaMemGetInfo(&less, &total));
  EXPECT_LE(less + (1 << 20), free);
}

TEST(Allocation, IsKnownByItsPointer) {
  const Device on_device = device(64);
  const Pinned on_host = pinned(64);
  int elsewhere = 0;
  cudaPointerAttributes is{};
  OK(cudaPointerGetAttributes(&is, on_device.get() + 5));
  EXPECT_EQ(is.type, cudaMemoryTypeDevice);
  EXPECT_EQ(is.devicePointer, on_device.get() + 5);
  OK(cudaPointerGetAttributes(&is, on_host.get()));
  EXPECT_EQ(is.type, cudaMemoryTypeHost);
  EXPECT_EQ(is.hostPointer, on_host.get());
  OK(cudaPointerGetAttributes(&is, &elsewhere));
  EXPECT_EQ(is.type, cudaMemoryTypeUnregistered);
}

TEST(Allocation, IsFreedOnceAndFromItsBeginning) {
  ON_THE_DOUBLE();
  std::byte* const a = device(64).release();
  EXPECT_EQ(cudaErrorInvalidValue, cudaFree(a + 1));
  expect_report("misuse");
  OK(cudaFree(a));
  EXPECT_EQ(cudaErrorInvalidValue, cudaFree(a));
  expect_report("misuse");
  std::byte* const b = pinned(64).release();
  EXPECT_EQ(cudaErrorInvalidValue, cudaFreeHost(b + 1));
  expect_report("misuse");
  OK(cudaFreeHost(b));
  EXPECT_EQ(cudaErrorInvalidValue, cudaFreeHost(b));
  expect_report("misuse");
}

TEST(Allocation, IsUsedToTheEndBeforeItIsFreed) {
  const StreamHandle a = stream();
  const Device kept = device(64);
  {
    const Device used = device(64);
    OK(cudaMemsetAsync(used.get(), 1, 64, a.get()));
    OK(cudaMemcpyAsync(kept.get(), used.get(), 64, cudaMemcpyDeviceToDevice, a.get()));
  }
  OK(cudaStreamSynchronize(a.get()));
  EXPECT_EQ(read(kept, 64), bytes(64, 1));
}

TEST(Allocation, BeingFreedIsNothingToRelyOn) {
  ON_THE_DOUBLE();
  const StreamHandle a = stream(), b = stream();
  const Device used = device(64);
  OK(cudaMemsetAsync(used.get(), 1, 64, a.get()));
  OK(cudaFree(device(4).release()));
  OK(cudaMemsetAsync(used.get(), 2, 64, b.get()));
  OK(cudaDeviceSynchronize());
  expect_report("race");
}

TEST(Allocation, IsNotUsedAfterItWasFreed) {
  ON_THE_DOUBLE();
  const Device to = device(64);
  std::byte* const freed = device(64).release();
  OK(cudaFree(freed));
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemset(freed, 1, 64));
  expect_report("bounds");
  EXPECT_EQ(cudaErrorInvalidValue, cudaMemcpy(to.get(), freed, 64, cudaMemcpyDeviceToDevice));
  expect_report("bounds");
}

TEST(Allocation, OfPinnedMemoryIsNotFreedWhileItIsUsed) {
  ON_THE_DOUBLE();
  const StreamHandle a = stream();
  const Device on_device = device(64);
  OK(cudaMemsetAsync(on_device.get(), 1, 64, a.get()));
  {
    const Pinned used = pinned(64);
    OK(cudaMemcpyAsync(used.get(), on_device.get(), 64, cudaMemcpyDeviceToHost, a.get()));
  }
  expect_report("misuse");
  {
    const Pinned used = pinned(64);
    OK(cudaMemcpyAsync(used.get(), on_device.get(), 64, cudaMemcpyDeviceToHost, a.get()));
    OK(cudaStreamSynchronize(a.get()));
  }
  expect_no_report();
}

TEST(Allocation, IsCounted) {
  ON_THE_DOUBLE();
  const Counters before = Double::here()->counters();
  {
    const Device a = device(64);
    const Pinned b = pinned(64);
    OK(cudaMemcpy(a.get(), b.get(), 64, cudaMemcpyHostToDevice));
    OK(cudaMemcpy(b.get(), a.get(), 32, cudaMemcpyDeviceToHost));
    EXPECT_EQ(Double::here()->counters().living_allocations, before.living_allocations + 2);
  }
  const Counters after = Double::here()->counters();
  EXPECT_EQ(after.living_allocations, before.living_allocations);
  EXPECT_EQ(after.allocations, before.allocations + 2);
  EXPECT_EQ(after.frees, before.frees + 2);
  EXPECT_EQ(after.bytes_to_device, before.bytes_to_device + 64);
  EXPECT_EQ(after.bytes_to_host, before.bytes_to_host + 32);
  EXPECT_EQ(after.waits, before.waits + 2);
  EXPECT_EQ(after.calls, before.calls + 6);
}

}  // namespace
}  // namespace duet::cuda_double
