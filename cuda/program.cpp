#include "cuda/program.h"

#include "cuda/capture.h"

namespace duet::cuda {
namespace {

// Of a graph. A launch costs the host some microseconds, which so many steps hide, and capturing more costs
// time at the start.
constexpr int many = 16;

}  // namespace

Program::Program(std::shared_ptr<Device> device, std::span<const Op> step, bool graphs)
    : device_(std::move(device)), plan_(*device_, step) {
  if (!graphs) return;
  many_steps_ = capture(plan_.step, many, device_->lanes());
  one_step_ = capture(plan_.step, 1, device_->lanes());
}

// Nothing that runs may lose its memory or its graph.
Program::~Program() { ignore(cudaStreamSynchronize(device_->lanes().main())); }

void Program::run(int first, int count) {
  const Lane main = device_->lanes()[0];
  set_clock(main.stream, plan_.clock, first);
  for (const PlannedPiece& piece : plan_.before_first_step) piece.start(main);
  if (one_step_ == nullptr) {
    for (; count > 0; --count) {
      for (const PlannedPiece& piece : plan_.step) piece.start(main);
    }
  }
  for (; count >= many; count -= many) launch(many_steps_, main);
  for (; count > 0; --count) launch(one_step_, main);
}

}  // namespace duet::cuda
