// Softmax by cuDNN against double precision, and what is refused: a test of cuDNN itself where there is a
// GPU.
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/cuda_double/cudnn/softmax_case.h"

namespace duet::cuda_double {
namespace {

// A tensor's elements, and between them what nobody may touch.
struct HostTensor {
  static constexpr float canary = 12345.75F;
  Four sizes, strides;
  std::vector<float> data;

  HostTensor(const Four& of_sizes, const Four& of_strides) : sizes(of_sizes), strides(of_strides) {
    std::size_t last = 0;
    for (int i = 0; i < 4; ++i) last += static_cast<std::size_t>((sizes[i] - 1) * strides[i]);
    data.assign(last + 1 + 5, canary);
  }
  float& at(const Four& place) {
    int offset = 0;
    for (int i = 0; i < 4; ++i) offset += place[i] * strides[i];
    return data[static_cast<std::size_t>(offset)];
  }
};

template <class Visit>
void each(const Four& sizes, const Visit& visit) {
  Four at{};
  for (at[0] = 0; at[0] < sizes[0]; ++at[0]) {
    for (at[1] = 0; at[1] < sizes[1]; ++at[1]) {
      for (at[2] = 0; at[2] < sizes[2]; ++at[2]) {
        for (at[3] = 0; at[3] < sizes[3]; ++at[3]) visit(at);
      }
    }
  }
}

// What an element becomes, from all those that it is one of.
double expected(const Case& of, HostTensor& x, const Four& place) {
  double sum = 0, largest = -std::numeric_limits<double>::infinity();
  const auto is_of_group = [&](const Four& other) {
    if (of.mode == CUDNN_SOFTMAX_MODE_INSTANCE) return other[0] == place[0];
    return other[0] == place[0] && other[2] == place[2] && other[3] == place[3];
  };
  each(of.sizes, [&](const Four& other) {
    if (is_of_group(other)) largest = std::max(largest, static_cast<double>(x.at(other)));
  });
  each(of.sizes, [&](const Four& other) {
    if (is_of_group(other)) sum += std::exp(static_cast<double>(x.at(other)) - largest);
  });
  const double log = static_cast<double>(x.at(place)) - largest - std::log(sum);
  return of.algorithm == CUDNN_SOFTMAX_LOG ? log : std::exp(log);
}

class SoftmaxValues : public SoftmaxTest {
 protected:
  void expect_right(const Case& of);
};

void SoftmaxValues::expect_right(const Case& of) {
  SCOPED_TRACE(testing::Message() << "algorithm " << of.algorithm << ", mode " << of.mode << ", alpha "
                                  << of.alpha << ", beta " << of.beta);
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 4);
  HostTensor x(of.sizes, of.x_strides), y(of.sizes, of.y_strides);
  each(of.sizes, [&](const Four& at) {
    x.at(at) = normal(random);
    y.at(at) = of.beta != 0 ? normal(random) : std::nanf("");
  });
  HostTensor before = y;
  const OnDevice<float> on_x(x.data), on_y(y.data);
  describe(x_, of.sizes, of.x_strides);
  describe(y_, of.sizes, of.y_strides);
  ASSERT_EQ(start(of, on_x.data(), on_y.data()), CUDNN_STATUS_SUCCESS);
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  y.data = on_y.values();
  each(of.sizes, [&](const Four& at) {
    double value = static_cast<double>(of.alpha) * expected(of, x, at);
    if (of.beta != 0) value += static_cast<double>(of.beta * before.at(at));
    ASSERT_NEAR(static_cast<double>(y.at(at)), value, 3e-6 * (1 + std::abs(value)));
    y.at(at) = HostTensor::canary;
  });
  EXPECT_EQ(y.data, std::vector<float>(y.data.size(), HostTensor::canary)) << "what is between the elements";
}

TEST_F(SoftmaxValues, IsRightWithEveryAlgorithmAndMode) {
  for (const auto algorithm : {CUDNN_SOFTMAX_FAST, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_LOG}) {
    for (const auto mode : {CUDNN_SOFTMAX_MODE_INSTANCE, CUDNN_SOFTMAX_MODE_CHANNEL}) {
      expect_right({{5, 10, 1, 1}, {10, 1, 1, 1}, {10, 1, 1, 1}, algorithm, mode});
      expect_right({{9, 128, 1, 1}, {128, 1, 1, 1}, {128, 1, 1, 1}, algorithm, mode});
      expect_right({{2, 3, 4, 5}, {60, 20, 5, 1}, {60, 20, 5, 1}, algorithm, mode});
      expect_right({{7, 11, 1, 1}, {11, 1, 1, 1}, {11, 1, 1, 1}, algorithm, mode, -2, 0.5F});
    }
  }
}

TEST_F(SoftmaxValues, OfChannelsAreRightWithEveryDistance) {
  for (const auto algorithm : {CUDNN_SOFTMAX_FAST, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_LOG}) {
    constexpr auto mode = CUDNN_SOFTMAX_MODE_CHANNEL;
    expect_right({{7, 11, 1, 1}, {16, 1, 1, 1}, {13, 1, 1, 1}, algorithm, mode});   // rows apart
    expect_right({{2, 3, 4, 5}, {60, 20, 5, 1}, {60, 1, 15, 3}, algorithm, mode});  // channels innermost
    expect_right({{2, 3, 4, 5}, {300, 70, 15, 2}, {200, 60, 12, 2}, algorithm, mode});
  }
}

TEST_F(SoftmaxValues, OfLargeValuesDoesNotOverflowWhereItIsAccurate) {
  const OnDevice<float> x(std::vector<float>{1000, 999, -1000}), y(std::vector<float>(3, 0));
  for (const cudnnTensorDescriptor_t tensor : {x_, y_}) {
    EXPECT_EQ(cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, 3, 1, 1),
              CUDNN_STATUS_SUCCESS);
  }
  const auto values = [&](cudnnSoftmaxAlgorithm_t algorithm) {
    EXPECT_EQ(
        start({.sizes = {}, .x_strides = {}, .y_strides = {}, .algorithm = algorithm}, x.data(), y.data()),
        CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    return y.values();
  };
  const std::vector<float> accurate = values(CUDNN_SOFTMAX_ACCURATE), log = values(CUDNN_SOFTMAX_LOG);
  EXPECT_NEAR(accurate[0], 0.7310586, 1e-6);
  EXPECT_EQ(accurate[2], 0);
  EXPECT_NEAR(log[1], -1.3132616, 1e-6);
  EXPECT_NEAR(log[2], -2000.3132616, 1e-3);
  if (on_double()) { EXPECT_TRUE(std::isnan(values(CUDNN_SOFTMAX_FAST)[0])) << "the straightforward one"; }
}

TEST_F(SoftmaxValues, OfAPackedTensorLiesAsItsFormatSays) {
  HostTensor x({2, 3, 4, 5}, {60, 20, 5, 1}), y({2, 3, 4, 5}, {60, 1, 15, 3});
  float next = 0;
  each(x.sizes, [&](const Four& at) { x.at(at) = std::sin(next += 1); });
  const OnDevice<float> on_x(x.data), on_y(y.data);
  EXPECT_EQ(cudnnSetTensor4dDescriptor(x_, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 2, 3, 4, 5),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudnnSetTensor4dDescriptor(y_, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 2, 3, 4, 5),
            CUDNN_STATUS_SUCCESS);
  const Case of{x.sizes, x.strides, y.strides};  // of channels
  EXPECT_EQ(start(of, on_x.data(), on_y.data()), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  y.data = on_y.values();
  each(x.sizes,
       [&](const Four& at) { ASSERT_NEAR(static_cast<double>(y.at(at)), expected(of, x, at), 1e-6); });
}

TEST_F(SoftmaxValues, RunsAsItWasStarted) {
  const OnDevice<float> x(std::vector<float>(8, 3)), y(std::vector<float>(8, 0));
  describe(x_, {2, 4, 1, 1}, {4, 1, 1, 1});
  describe(y_, {2, 4, 1, 1}, {4, 1, 1, 1});
  EXPECT_EQ(start({}, x.data(), y.data()), CUDNN_STATUS_SUCCESS);
  describe(x_, {1, 1, 1, 1}, {1, 1, 1, 1});
  describe(y_, {1, 1, 1, 1}, {1, 1, 1, 1});
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(y.values(), std::vector<float>(8, 0.25F));
}

// ---- What is refused. Of these, cuDNN's answers need no device.

class Refused : public testing::Test {
 protected:
  static void expect_refused(cudnnStatus_t status, const std::string& text,
                             cudnnStatus_t expected = CUDNN_STATUS_BAD_PARAM) {
    EXPECT_EQ(status, expected) << text;
    char message[256] = "";
    cudnnGetLastErrorString(message, sizeof message);
    if (!on_double()) return;
    EXPECT_NE(std::string(message).find(text), std::string::npos) << message;
    EXPECT_NE(reports().find(text), std::string::npos);
    cudnnGetLastErrorString(message, sizeof message);
    EXPECT_STREQ(message, "") << "it was told before";
  }
};

TEST_F(Refused, AreTensorsThatThereAreNot) {
  cudnnTensorDescriptor_t tensor = nullptr;
  ASSERT_EQ(cudnnCreateTensorDescriptor(&tensor), CUDNN_STATUS_SUCCESS);
  const auto set = [&](int n, int c) {
    return cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, n, c, 1, 1);
  };
  EXPECT_EQ(set(3, 4), CUDNN_STATUS_SUCCESS);
  expect_refused(set(0, 4), "a tensor of 0 x 4 x 1 x 1");
  expect_refused(set(3, -1), "a tensor of 3 x -1 x 1 x 1");
  expect_refused(cudnnSetTensor4dDescriptorEx(tensor, CUDNN_DATA_FLOAT, 3, 4, 1, 1, 16, 0, 1, 1),
                 "distances 16, 0, 1, 1");
  expect_refused(cudnnSetTensor4dDescriptor(nullptr, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 3, 4, 1, 1),
                 "is no tensor");
  expect_refused(cudnnCreateTensorDescriptor(nullptr), "nowhere to put the descriptor");
  EXPECT_EQ(cudnnDestroyTensorDescriptor(tensor), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(nullptr), CUDNN_STATUS_SUCCESS);
}

TEST_F(Refused, AreLibrariesThatThereAreNot) {
  expect_refused(cudnnCreate(nullptr), "nowhere to put the handle");
  expect_refused(cudnnSetStream(nullptr, nullptr), "is no living handle");
  EXPECT_EQ(cudnnDestroy(nullptr), CUDNN_STATUS_SUCCESS);
  EXPECT_STREQ(cudnnGetErrorString(CUDNN_STATUS_BAD_PARAM), "CUDNN_STATUS_BAD_PARAM");
  EXPECT_STREQ(cudnnGetErrorString(static_cast<cudnnStatus_t>(77)), "CUDNN_UNKNOWN_STATUS");
  EXPECT_GE(cudnnGetVersion(), 90000);
}

TEST_F(Refused, IsWhatOnlyTheDoubleDoesNotKnow) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  cudnnTensorDescriptor_t tensor = nullptr;
  ASSERT_EQ(cudnnCreateTensorDescriptor(&tensor), CUDNN_STATUS_SUCCESS);
  expect_refused(cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_HALF, 3, 4, 1, 1), "type 2",
                 CUDNN_STATUS_NOT_SUPPORTED);
  expect_refused(cudnnSetTensor4dDescriptor(tensor, CUDNN_TENSOR_NCHW_VECT_C, CUDNN_DATA_FLOAT, 3, 4, 1, 1),
                 "format 2", CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(tensor), CUDNN_STATUS_SUCCESS);
}

TEST(LibraryDeathTest, IsRefusedWhereThereIsNoDevice) {
  if (!on_double()) GTEST_SKIP() << "of the double";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto create = [] {
    setenv("DUET_DOUBLE_DEVICES", "0", 1);
    cudnnHandle_t library = nullptr;
    std::exit(cudnnCreate(&library) == CUDNN_STATUS_NOT_INITIALIZED ? 0 : 1);
  };
  EXPECT_EXIT(create(), testing::ExitedWithCode(0), "");
}

TEST(Library, IsFoundByItsNameWhileTheProgramRuns) {
  void* const library = dlopen("libcudnn.so.9", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  EXPECT_NE(dlvsym(library, "cudnnSoftmaxForward", "libcudnn.so.9"), nullptr);
  dlclose(library);
}

}  // namespace
}  // namespace duet::cuda_double
