#include "cuda/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/unwrap.h"
#include "cuda/environment.h"
#include "cuda/peek.h"
#include "cuda/program.h"

namespace duet::cuda {
namespace {

class CudaBackend final : public Backend {
 public:
  CudaBackend(const CudaRequest& request)
      : device_(std::make_shared<Device>(request)), graphs_(request.graphs) {}

  DeviceInfo info() const override {
    return {.device = fmt::format("cuda:{}", device_->ordinal()),
            .hardware = device_->name(),
            .threads = 0,
            .precision = device_->precision(),
            .algorithms = device_->algorithms(),
            .environment = environment()};
  }
  Preferences prefers() const override {
    return {.update_in_grad_weight = device_->precision() == Precision::tf32,  // as our own kernels do it
            .head_up_to_classes = most_classes_of_head,
            .rows_of_evaluation = 2048};  // a few steps, each with work for all multiprocessors
  }
  FreeMemory free_memory() override { return {memory_of_device().free}; }
  Memory allocate(std::size_t bytes) override {
    DeviceMemory memory = allocate_zeroed(bytes, main());
    const auto data = Ptr<std::byte>(static_cast<std::byte*>(memory.get()));
    return {data, std::shared_ptr<void>(std::move(memory))};
  }
  // From memory that is not pinned: the call returns when the bytes are out of the host's hands.
  void copy_in(Ptr<std::byte> to, std::span<const std::byte> from) override {
    if (from.empty()) return;
    check(cudaMemcpyAsync(unwrap(to), from.data(), from.size(), cudaMemcpyHostToDevice, main()),
          "copying to the device");
  }
  void copy_out(std::span<std::byte> to, Ptr<const std::byte> from) override {
    const std::byte* const data = unwrap(from);
    for (std::size_t done = 0; done < to.size();) {
      const std::size_t bytes = std::min(to.size() - done, bytes_at_once);
      check(cudaMemcpyAsync(landing(), data + done, bytes, cudaMemcpyDeviceToHost, main()),
            "copying from the device");
      wait();
      std::memcpy(to.data() + done, landing(), bytes);
      done += bytes;
    }
  }
  void peek(std::span<std::byte> to, Ptr<const std::byte> from) override { peek_.peek(to, from); }
  std::size_t bytes_to_compile(std::span<const Op> step) override {
    duet::check(step);
    return Plan(*device_, step, Plan::Memory::counted).kept_bytes();
  }
  std::unique_ptr<Executable> compile(std::span<const Op> step) override {
    duet::check(step);
    return std::make_unique<Program>(device_, step, graphs_);
  }
  void wait() override {
    check(cudaStreamSynchronize(main()), "waiting for the device");
    peek_.forget();
  }

 private:
  static constexpr std::size_t bytes_at_once = std::size_t{1} << 20;
  cudaStream_t main() const { return device_->lanes().main(); }
  // Where copies from the device arrive: pinned, or each would wait for the driver to pin its memory.
  void* landing() {
    if (landing_ == nullptr) landing_ = pin(bytes_at_once);
    return landing_.get();
  }

  std::shared_ptr<Device> device_;
  bool graphs_;
  PinnedMemory landing_;
  Peek peek_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const CudaRequest& request) {
  return std::make_unique<CudaBackend>(request);
}

}  // namespace duet::cuda
