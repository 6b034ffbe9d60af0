#include "cuda/cudnn.h"

#include <cudnn.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "core/error.h"
#include "cuda/status.h"

namespace duet::cuda {
namespace {

// The functions that are called, as cudnn.h declares them. The library stays open: its threads may run.
class Library {
 public:
  explicit Library(void* opened) : opened_(opened) {}
  template <class Function>
  Function* find(const char* name) const {
    auto* const found = reinterpret_cast<Function*>(dlsym(opened_, name));
    if (found == nullptr) fail(ErrorKind::device, "libcudnn.so.9 has no {}; install a whole cuDNN 9", name);
    return found;
  }

 private:
  void* opened_;
};

class LoadedCudnn final : public Cudnn {
 public:
  explicit LoadedCudnn(const Library& library)
      : error_text_(library.find<decltype(cudnnGetErrorString)>("cudnnGetErrorString")),
        destroy_(library.find<decltype(cudnnDestroy)>("cudnnDestroy")),
        set_stream_(library.find<decltype(cudnnSetStream)>("cudnnSetStream")),
        create_tensor_(library.find<decltype(cudnnCreateTensorDescriptor)>("cudnnCreateTensorDescriptor")),
        destroy_tensor_(library.find<decltype(cudnnDestroyTensorDescriptor)>("cudnnDestroyTensorDescriptor")),
        describe_(library.find<decltype(cudnnSetTensor4dDescriptor)>("cudnnSetTensor4dDescriptor")),
        softmax_(library.find<decltype(cudnnSoftmaxForward)>("cudnnSoftmaxForward")) {
    const std::size_t version = library.find<decltype(cudnnGetVersion)>("cudnnGetVersion")();
    version_ = fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
    check(library.find<decltype(cudnnCreate)>("cudnnCreate")(&handle_), "starting");
  }
  ~LoadedCudnn() override { destroy_(handle_); }
  LoadedCudnn(const LoadedCudnn&) = delete;
  LoadedCudnn& operator=(const LoadedCudnn&) = delete;

  std::string version() const override { return version_; }

  void softmax(cudaStream_t stream, const SoftmaxRows& rows, float* packed_logits,
               float* packed_probabilities) const override {
    const std::size_t row = sizeof(float) * rows.classes, pitch = sizeof(float) * rows.ld;
    cuda::check(cudaMemcpy2DAsync(packed_logits, row, rows.logits, pitch, row, rows.rows,
                                  cudaMemcpyDeviceToDevice, stream),
                "packing logits");
    check(set_stream_(handle_, stream), "choosing a stream");
    cudnnTensorDescriptor_t made = nullptr;
    check(create_tensor_(&made), "describing logits");
    const std::unique_ptr<std::remove_pointer_t<cudnnTensorDescriptor_t>, decltype(destroy_tensor_)> tensor(
        made, destroy_tensor_);
    check(describe_(made, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, rows.rows, rows.classes, 1, 1),
          "describing logits");
    const float one = 1, zero = 0;
    check(softmax_(handle_, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_INSTANCE, &one, made, packed_logits,
                   &zero, made, packed_probabilities),
          "starting softmax");
    cuda::check(cudaMemcpy2DAsync(rows.logits, pitch, packed_probabilities, row, row, rows.rows,
                                  cudaMemcpyDeviceToDevice, stream),
                "unpacking probabilities");
  }

 private:
  void check(cudnnStatus_t status, std::string_view doing) const {
    if (status != CUDNN_STATUS_SUCCESS)
      fail(ErrorKind::device, "cuDNN failed at {}: {}", doing, error_text_(status));
  }

  decltype(cudnnGetErrorString)* error_text_;
  decltype(cudnnDestroy)* destroy_;
  decltype(cudnnSetStream)* set_stream_;
  decltype(cudnnCreateTensorDescriptor)* create_tensor_;
  decltype(cudnnDestroyTensorDescriptor)* destroy_tensor_;
  decltype(cudnnSetTensor4dDescriptor)* describe_;
  decltype(cudnnSoftmaxForward)* softmax_;
  std::string version_;
  cudnnHandle_t handle_ = nullptr;
};

}  // namespace

std::unique_ptr<Cudnn> Cudnn::load() {
  void* const opened = dlopen("libcudnn.so.9", RTLD_NOW | RTLD_LOCAL);
  return opened == nullptr ? nullptr : std::make_unique<LoadedCudnn>(Library(opened));
}

}  // namespace duet::cuda
