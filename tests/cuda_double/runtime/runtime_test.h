// What the tests of the runtime share. They are programs for a GPU: what is about the double alone skips
// there.
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/cuda_double/control.h"

#define OK(call) ASSERT_EQ(cudaSuccess, call)
#define ON_THE_DOUBLE() \
  if (Double::here() == nullptr) GTEST_SKIP() << "about the double"

namespace duet::cuda_double {

template <auto give_back>
struct GiveBack {
  template <class T>
  void operator()(T* handle) const {
    EXPECT_EQ(cudaSuccess, give_back(handle));
  }
};
using Device = std::unique_ptr<std::byte, GiveBack<cudaFree>>;
using Pinned = std::unique_ptr<std::byte, GiveBack<cudaFreeHost>>;
using StreamHandle = std::unique_ptr<CUstream_st, GiveBack<cudaStreamDestroy>>;
using EventHandle = std::unique_ptr<CUevent_st, GiveBack<cudaEventDestroy>>;

inline Device device(std::size_t bytes) {
  void* data = nullptr;
  EXPECT_EQ(cudaSuccess, cudaMalloc(&data, bytes));
  return Device(static_cast<std::byte*>(data));
}
inline Pinned pinned(std::size_t bytes) {
  void* data = nullptr;
  EXPECT_EQ(cudaSuccess, cudaMallocHost(&data, bytes));
  return Pinned(static_cast<std::byte*>(data));
}
inline StreamHandle stream(unsigned flags = cudaStreamNonBlocking) {
  cudaStream_t made = nullptr;
  EXPECT_EQ(cudaSuccess, cudaStreamCreateWithFlags(&made, flags));
  return StreamHandle(made);
}
inline EventHandle event(unsigned flags = cudaEventDisableTiming) {
  cudaEvent_t made = nullptr;
  EXPECT_EQ(cudaSuccess, cudaEventCreateWithFlags(&made, flags));
  return EventHandle(made);
}

inline std::vector<std::byte> bytes(std::size_t count, int value) {
  return std::vector<std::byte>(count, static_cast<std::byte>(value));
}

// The reports so far are one, of this check. (Which words it names is the machine's affair.)
inline void expect_report(std::string_view check) {
  const std::vector<std::string> reports = Double::take_reports();
  ASSERT_EQ(reports.size(), 1u) << testing::PrintToString(reports);
  EXPECT_EQ(reports[0].substr(0, reports[0].find(':')), check) << reports[0];
}
inline void expect_no_report() { EXPECT_EQ(Double::take_reports(), std::vector<std::string>()); }

}  // namespace duet::cuda_double
