#include "cuda/backend.h"

#include <fmt/format.h>

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
  Preferences prefers() const override { return {.head_up_to_classes = most_classes_of_head}; }
  FreeMemory free_memory() override { return {free_device_memory(), false}; }
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
    if (to.empty()) return;
    check(cudaMemcpyAsync(to.data(), unwrap(from), to.size(), cudaMemcpyDeviceToHost, main()),
          "copying from the device");
    wait();
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
  void wait() override { check(cudaStreamSynchronize(main()), "waiting for the device"); }

 private:
  cudaStream_t main() const { return device_->lanes().main(); }

  std::shared_ptr<Device> device_;
  bool graphs_;
  Peek peek_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const CudaRequest& request) {
  return std::make_unique<CudaBackend>(request);
}

}  // namespace duet::cuda
