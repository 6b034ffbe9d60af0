// One GPU and what all programs on it share: its streams with their workspaces, the libraries, the precision.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/cuda_module.h"
#include "cuda/cudnn.h"
#include "cuda/handle.h"
#include "cuda/lanes.h"

namespace duet::cuda {

class Device {
 public:
  // Throws Error(device) where the device cannot be used or has not the precision, Error(memory) where others
  // have its memory.
  explicit Device(const CudaRequest& request);

  int ordinal() const { return ordinal_; }
  const std::string& name() const { return name_; }
  Precision precision() const { return precision_; }
  const Lanes& lanes() const { return lanes_; }
  cublasLtHandle_t cublas_lt() const { return cublas_lt_.get(); }
  const Tuning& tuning() const { return tuning_; }
  const std::string& tuned_as() const { return tuned_as_; }  // what tuned products belong to
  const Cudnn* cudnn();  // null where it is not installed; loaded by the first call, which takes long

  // What the libraries were told to do: "linear 128x784 by 784x700, relu" -> "id 31, tile 20, ...".
  void note_algorithm(const std::string& call, const std::string& algorithm) {
    algorithms_[call] = algorithm;
  }
  const std::map<std::string, std::string>& algorithms() const { return algorithms_; }

 private:
  Device(const CudaRequest& request, const cudaDeviceProp& properties);

  int ordinal_;
  std::string name_, tuned_as_;
  Tuning tuning_;
  Precision precision_;
  Lanes lanes_;
  LtHandle cublas_lt_;
  std::optional<std::unique_ptr<Cudnn>> cudnn_;
  std::map<std::string, std::string> algorithms_;
};

}  // namespace duet::cuda
