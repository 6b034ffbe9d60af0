// A compiled step, as graphs of several steps and of one.
#pragma once

#include <memory>

#include "core/backend.h"
#include "cuda/device.h"
#include "cuda/plan.h"

namespace duet::cuda {

class Program final : public Executable {
 public:
  // Without graphs every piece is started for itself, one after the other: for comparison.
  Program(std::shared_ptr<Device> device, std::span<const Op> step, bool graphs);
  ~Program() override;
  void run(int first, int count) override;  // starts the steps, and does not wait

 private:
  std::shared_ptr<Device> device_;
  Plan plan_;
  GraphExec many_steps_, one_step_;
};

}  // namespace duet::cuda
