#include "tests/cuda_double/cudnn/tensor.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/cuda_double/cudnn/refusal.h"
#include "tests/cuda_double/library_handles.h"

namespace duet::cuda_double {
namespace {

LibraryHandles<Tensor> tensors;

cudnnStatus_t no_tensor(cudnnTensorDescriptor_t handle, const char* call) {
  return forbidden(fmt::format("{}: {} is no tensor", call, static_cast<const void*>(handle)));
}

cudnnStatus_t set(cudnnTensorDescriptor_t handle, cudnnDataType_t type, const Tensor& to, const char* call) {
  if (fails_by_injection(call)) return failed(call, CUDNN_STATUS_INTERNAL_ERROR);
  Tensor* const tensor = tensors.find(handle);
  if (tensor == nullptr) return no_tensor(handle, call);
  if (type != CUDNN_DATA_FLOAT) return unsupported(fmt::format("{}: type {}", call, int{type}));
  if (*std::min_element(to.sizes.begin(), to.sizes.end()) < 1)
    return forbidden(fmt::format("{}: a tensor of {} x {} x {} x {}", call, to.sizes[0], to.sizes[1],
                                 to.sizes[2], to.sizes[3]));
  if (*std::min_element(to.strides.begin(), to.strides.end()) < 1)
    return forbidden(fmt::format("{}: distances {}, {}, {}, {}", call, to.strides[0], to.strides[1],
                                 to.strides[2], to.strides[3]));
  *tensor = to;
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

const Tensor* find(cudnnTensorDescriptor_t handle, const char* call) {
  const Tensor* const tensor = tensors.find(handle);
  if (tensor != nullptr && tensor->sizes[0] > 0) return tensor;
  no_tensor(handle, call);
  return nullptr;
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;  // NOLINT(google-build-using-namespace): the API's names are C's

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* made) {
  if (fails_by_injection(__func__))
    return failed(__func__, CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED);
  if (made == nullptr) return forbidden("cudnnCreateTensorDescriptor: nowhere to put the descriptor");
  *made = reinterpret_cast<cudnnTensorDescriptor_t>(tensors.make({}));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
  const bool fails = fails_by_injection(__func__);
  if (tensor != nullptr && !tensors.give_back(tensor)) return no_tensor(tensor, __func__);
  return fails ? failed(__func__, CUDNN_STATUS_INTERNAL_ERROR) : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t tensor, cudnnTensorFormat_t format,
                                         cudnnDataType_t type, int n, int c, int h, int w) {
  const std::int64_t cols = w, rows = h, channels = c;
  Tensor to{{n, c, h, w}, {channels * rows * cols, rows * cols, cols, 1}};
  if (format == CUDNN_TENSOR_NHWC) to.strides = {channels * rows * cols, 1, cols * channels, channels};
  if (format != CUDNN_TENSOR_NCHW && format != CUDNN_TENSOR_NHWC)
    return unsupported(fmt::format("{}: format {}", __func__, int{format}));
  return set(tensor, type, to, __func__);
}

cudnnStatus_t cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t tensor, cudnnDataType_t type, int n, int c,
                                           int h, int w, int n_stride, int c_stride, int h_stride,
                                           int w_stride) {
  return set(tensor, type, {{n, c, h, w}, {n_stride, c_stride, h_stride, w_stride}}, __func__);
}
