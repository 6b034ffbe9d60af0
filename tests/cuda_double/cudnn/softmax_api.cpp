// cudnnSoftmaxForward: what is wrong with a call is found when it is made, what is wrong with memory when it
// runs.
#include <fmt/format.h>

#include <algorithm>

#include "tests/cuda_double/cudnn/library.h"
#include "tests/cuda_double/cudnn/refusal.h"
#include "tests/cuda_double/cudnn/softmax.h"
#include "tests/cuda_double/runtime/library.h"

namespace duet::cuda_double {
namespace {

std::vector<Address> elements(const Softmax& softmax, const Tensor& tensor, Address begin) {
  std::vector<Address> all;
  for (std::int64_t group = 0; group < softmax.groups(); ++group) {
    for (const std::int64_t offset : softmax.offsets(tensor, group))
      all.push_back(begin + static_cast<Address>(offset) * sizeof(float));
  }
  std::sort(all.begin(), all.end());
  return all;
}

// Working in place is documented for softmax's gradient, and not for softmax.
cudnnStatus_t check_places(const Softmax& softmax, const char* call) {
  if (softmax.at_x == 0 || softmax.at_y == 0) return forbidden(fmt::format("{}: x or y is null", call));
  const std::vector<Address> x = elements(softmax, softmax.x, softmax.at_x);
  const std::vector<Address> y = elements(softmax, softmax.y, softmax.at_y);
  if (std::adjacent_find(y.begin(), y.end()) != y.end())
    return forbidden(fmt::format("{}: elements of y overlap", call));
  std::vector<Address> both;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
  return both.empty() ? CUDNN_STATUS_SUCCESS : forbidden(fmt::format("{}: x and y overlap", call));
}

// Elements one behind the other, in the order of n, c, h, w. (Where there is one place along a dimension, its
// distance says nothing.)
bool is_packed(const Tensor& tensor) {
  std::int64_t distance = 1;
  for (std::size_t i = tensor.sizes.size(); i-- > 0; distance *= tensor.sizes[i]) {
    if (tensor.sizes[i] > 1 && tensor.strides[i] != distance) return false;
  }
  return true;
}

// cuDNN 9 on an H100 answers that it succeeded, and takes every second instance from where it would be if the
// tensor were packed, and writes it there. By channels it keeps to the distances.
cudnnStatus_t check_distances(const Softmax& softmax, const char* call) {
  if (softmax.mode == CUDNN_SOFTMAX_MODE_CHANNEL || (is_packed(softmax.x) && is_packed(softmax.y)))
    return CUDNN_STATUS_SUCCESS;
  return forbidden(fmt::format("{}: instances of a tensor that is not packed come out wrong on a GPU", call),
                   CUDNN_STATUS_NOT_SUPPORTED);
}

bool is_known(cudnnSoftmaxAlgorithm_t algorithm, cudnnSoftmaxMode_t mode) {
  return (algorithm == CUDNN_SOFTMAX_FAST || algorithm == CUDNN_SOFTMAX_ACCURATE ||
          algorithm == CUDNN_SOFTMAX_LOG) &&
         (mode == CUDNN_SOFTMAX_MODE_INSTANCE || mode == CUDNN_SOFTMAX_MODE_CHANNEL);
}

}  // namespace
}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cudnnStatus_t cudnnSoftmaxForward(cudnnHandle_t handle, cudnnSoftmaxAlgorithm_t algorithm,
                                  cudnnSoftmaxMode_t mode, const void* alpha,
                                  cudnnTensorDescriptor_t x_tensor, const void* x, const void* beta,
                                  cudnnTensorDescriptor_t y_tensor, void* y) {
  if (fails_by_injection(__func__)) return failed(__func__, CUDNN_STATUS_EXECUTION_FAILED);
  const Library* const library = find(handle, __func__);
  if (library == nullptr) return CUDNN_STATUS_BAD_PARAM;
  const Tensor* const of_x = find(x_tensor, __func__);
  const Tensor* const of_y = of_x != nullptr ? find(y_tensor, __func__) : nullptr;
  if (of_y == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (of_x->sizes != of_y->sizes) return forbidden(fmt::format("{}: x and y differ in size", __func__));
  if (!is_known(algorithm, mode))
    return forbidden(fmt::format("{}: algorithm {}, mode {}", __func__, int{algorithm}, int{mode}));
  if (alpha == nullptr || beta == nullptr)
    return forbidden(fmt::format("{}: no alpha, or no beta", __func__));

  const Softmax softmax{algorithm, mode,  *static_cast<const float*>(alpha), *static_cast<const float*>(beta),
                        *of_x,     *of_y, reinterpret_cast<Address>(x),      reinterpret_cast<Address>(y)};
  const auto& [n, c, h, w] = softmax.x.sizes;
  const std::string call = fmt::format("{} {} x {} x {} x {}", __func__, n, c, h, w);
  cudnnStatus_t status = check_distances(softmax, call.c_str());
  if (status == CUDNN_STATUS_SUCCESS) status = check_places(softmax, call.c_str());
  if (status != CUDNN_STATUS_SUCCESS) return status;
  const cudaError_t queued = enqueue(library->stream, {call, [softmax] { return softmax.run(); }});
  return queued == cudaSuccess ? CUDNN_STATUS_SUCCESS : failed(call, CUDNN_STATUS_EXECUTION_FAILED);
}
