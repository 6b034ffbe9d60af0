// Mistakes that the double must find in calls of cudnnSoftmaxForward, each planted, and what resembles them
// and is right.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "tests/cuda_double/cudnn/softmax_case.h"

namespace duet::cuda_double {
namespace {

class SoftmaxMisuse : public SoftmaxTest {
 protected:
  void SetUp() override {
    if (!on_double()) GTEST_SKIP() << "of the double";
    SoftmaxTest::SetUp();
    at_ = data_.emplace(std::vector<float>(16, 1)).data();
    describe(x_, {2, 4, 1, 1}, {4, 1, 1, 1});
    describe(y_, {2, 4, 1, 1}, {4, 1, 1, 1});
  }
  void expect_refused(const Case& of, const float* x, float* y, const std::string& text,
                      cudnnStatus_t status = CUDNN_STATUS_BAD_PARAM) {
    EXPECT_EQ(start(of, x, y), status) << text;
    const std::string found = reports();
    EXPECT_EQ(found.rfind("misuse: cudnnSoftmaxForward", 0), 0) << found;
    EXPECT_NE(found.find(text), std::string::npos) << found;
  }
  std::optional<OnDevice<float>> data_;
  float* at_ = nullptr;
};

TEST_F(SoftmaxMisuse, IsFoundWhenTheCallIsMade) {
  expect_refused({}, nullptr, at_ + 8, "is null");
  expect_refused({}, at_, nullptr, "is null");
  expect_refused({}, at_, at_, "x and y overlap");
  expect_refused({}, at_, at_ + 7, "x and y overlap");
  Case strange;
  strange.algorithm = static_cast<cudnnSoftmaxAlgorithm_t>(3);
  expect_refused(strange, at_, at_ + 8, "algorithm 3");
  describe(y_, {2, 4, 1, 1}, {3, 1, 1, 1});
  expect_refused({}, at_, at_ + 8, "elements of y overlap");
  describe(y_, {4, 2, 1, 1}, {2, 1, 1, 1});
  expect_refused({}, at_, at_ + 8, "differ in size");
  cudnnTensorDescriptor_t unset = nullptr;
  ASSERT_EQ(cudnnCreateTensorDescriptor(&unset), CUDNN_STATUS_SUCCESS);
  std::swap(unset, y_);
  expect_refused({}, at_, at_ + 8, "is no tensor");
  std::swap(unset, y_);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(unset), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(unset), CUDNN_STATUS_BAD_PARAM);
  EXPECT_NE(reports().find("is no tensor"), std::string::npos);
  // Rows of one matrix, in turn, do not overlap.
  describe(x_, {2, 4, 1, 1}, {8, 1, 1, 1});
  describe(y_, {2, 4, 1, 1}, {8, 1, 1, 1});
  EXPECT_EQ(start({}, at_, at_ + 4), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
}

TEST_F(SoftmaxMisuse, OfInstancesThatAreNotPackedIsFound) {
  Case instances;
  instances.mode = CUDNN_SOFTMAX_MODE_INSTANCE;
  const Four sizes = {2, 2, 2, 1}, packed = {4, 2, 1, 1};
  for (const Four& apart : {Four{5, 2, 1, 1}, Four{4, 1, 2, 1}}) {  // rows, and channels innermost
    describe(x_, sizes, apart);
    describe(y_, sizes, packed);
    expect_refused(instances, at_, at_ + 9, "not packed", CUDNN_STATUS_NOT_SUPPORTED);
    std::swap(x_, y_);
    expect_refused(instances, at_, at_ + 4, "not packed", CUDNN_STATUS_NOT_SUPPORTED);
  }
  describe(x_, {1, 4, 1, 1}, {9, 1, 7, 7});  // of one row, which is apart from none
  describe(y_, {1, 4, 1, 1}, {4, 1, 1, 1});
  EXPECT_EQ(start(instances, at_, at_ + 4), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
}

TEST_F(SoftmaxMisuse, OfWhatNobodyWroteIsFound) {
  const OnDevice<float> unwritten(8);
  EXPECT_EQ(start({}, at_, unwritten.data()), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(reports(), "") << "y is not read";
  const OnDevice<float> other(8);
  EXPECT_EQ(start({}, other.data(), at_), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(reports().rfind("uninitialised: cudnnSoftmaxForward 2 x 4 x 1 x 1", 0), 0);
}

TEST_F(SoftmaxMisuse, InNoOrderWithAnotherStreamIsFound) {
  cudaStream_t other = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
  EXPECT_EQ(start({}, at_, at_ + 8), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudnnSetStream(library_, other), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(start({}, at_, at_ + 8), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  EXPECT_EQ(reports().rfind("race: cudnnSoftmaxForward", 0), 0);
  EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
}

TEST_F(SoftmaxMisuse, BehindTheEndOfMemoryIsFound) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run = [this] {
    EXPECT_EQ(start({}, at_, at_ + 12), CUDNN_STATUS_SUCCESS);
    const bool stopped = cudaStreamSynchronize(stream_) == cudaErrorIllegalAddress;
    fputs((stopped ? reports() : "it ran").c_str(), stderr);
    std::exit(0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "^bounds: cudnnSoftmaxForward 2 x 4 x 1 x 1");
}

}  // namespace
}  // namespace duet::cuda_double
