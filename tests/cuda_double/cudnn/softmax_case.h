// Softmax on the device, with everything that cuDNN wants for it.
#pragma once

#include <cudnn.h>

#include <array>

#include "tests/cuda_double/on_device.h"

namespace duet::cuda_double {

using Four = std::array<int, 4>;

struct Case {
  Four sizes, x_strides, y_strides;
  cudnnSoftmaxAlgorithm_t algorithm = CUDNN_SOFTMAX_ACCURATE;
  cudnnSoftmaxMode_t mode = CUDNN_SOFTMAX_MODE_CHANNEL;
  float alpha = 1, beta = 0;
};

class SoftmaxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_device()) GTEST_SKIP() << "no device";
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudnnCreate(&library_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnSetStream(library_, stream_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnCreateTensorDescriptor(&x_), CUDNN_STATUS_SUCCESS);
    ASSERT_EQ(cudnnCreateTensorDescriptor(&y_), CUDNN_STATUS_SUCCESS);
  }
  void TearDown() override {
    if (library_ == nullptr) return;
    EXPECT_EQ(cudnnDestroyTensorDescriptor(x_), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnDestroyTensorDescriptor(y_), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudnnDestroy(library_), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess);
    EXPECT_EQ(reports(), "");
  }

  void describe(cudnnTensorDescriptor_t tensor, const Four& sizes, const Four& strides) {
    EXPECT_EQ(cudnnSetTensor4dDescriptorEx(tensor, CUDNN_DATA_FLOAT, sizes[0], sizes[1], sizes[2], sizes[3],
                                           strides[0], strides[1], strides[2], strides[3]),
              CUDNN_STATUS_SUCCESS);
  }
  cudnnStatus_t start(const Case& of, const float* x, float* y) {
    return cudnnSoftmaxForward(library_, of.algorithm, of.mode, &of.alpha, x_, x, &of.beta, y_, y);
  }

  cudaStream_t stream_ = nullptr;
  cudnnHandle_t library_ = nullptr;
  cudnnTensorDescriptor_t x_ = nullptr, y_ = nullptr;
};

}  // namespace duet::cuda_double
