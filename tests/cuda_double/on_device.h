// Memory of the device in the tests of the double's libraries, which are tests of NVIDIA's as well where they
// run on a GPU.
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cuda_double/control.h"

namespace duet::cuda_double {

inline bool on_double() { return Double::here() != nullptr; }
inline bool has_device() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

// What the double has found since the last call, a line each.
inline std::string reports() {
  std::string all;
  for (const std::string& one : Double::take_reports()) all += one + "\n";
  return all;
}

template <class T>
class OnDevice {
 public:
  explicit OnDevice(const std::vector<T>& values) : size_(values.size()) {
    EXPECT_EQ(cudaMalloc(&data_, size_ * sizeof(T)), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);  // other streams do not wait for the copy
  }
  explicit OnDevice(std::size_t size) : size_(size) {  // of nothing
    EXPECT_EQ(cudaMalloc(&data_, size_ * sizeof(T)), cudaSuccess);
  }
  ~OnDevice() { cudaFree(data_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

  T* data() const { return static_cast<T*>(data_); }
  std::vector<T> values() const {
    std::vector<T> all(size_);
    EXPECT_EQ(cudaMemcpy(all.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
    return all;
  }

 private:
  void* data_ = nullptr;
  std::size_t size_;
};

}  // namespace duet::cuda_double
