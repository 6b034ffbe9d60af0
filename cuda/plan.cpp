#include "cuda/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "core/layout.h"
#include "cuda/tuning.h"

namespace duet::cuda {
namespace {

// Of all updates in the program: the device makes the constants of one a step.
const Hyper* hyper_of(std::span<const Op> program) {
  const Hyper* found = nullptr;
  const auto take = [&](const Adam& adam) {
    const Hyper* const hyper = unwrap(adam.hyper);
    if (found != nullptr && found != hyper) throw std::logic_error("a program updates by two hypers");
    found = hyper;
  };
  for (const Op& op : program) {
    if (const auto* const adam = std::get_if<Adam>(&op)) take(*adam);
    if (const auto* const grad = std::get_if<GradWeight>(&op); grad && grad->update) take(*grad->update);
  }
  return found;
}

template <class T>
Access access(Mat<T> m, bool write) {
  const std::uintptr_t begin = m.data.address();
  return {begin, begin + static_cast<std::size_t>(m.rows) * m.ld * sizeof(T), write};
}

}  // namespace

Plan::Plan(Device& device, std::span<const Op> program, Memory memory)
    : device_(device), program_(program), memory_mode_(memory), hyper_(hyper_of(program)) {
  clock = keep<int>(1);
  if (hyper_ != nullptr) adam_step_ = keep<AdamStep>(1);
  for (const Op& op : program) {
    op_ = &op;
    own_ = accesses(op);
    std::visit([&](const auto& o) { cuda::plan(o, *this); }, op);
  }
  start_grad_weights();
  if (!ticked_) add_tick();
  step.insert(step.end(), before_first_step.begin(), before_first_step.end());
}

void* Plan::keep_bytes(std::size_t bytes) {
  kept_bytes_ += bytes;
  void* kept =
      reinterpret_cast<void*>(256);  // aligned as memory is, and like any other to who does not follow it
  if (memory_mode_ == Memory::allocated) {
    memory_.push_back(allocate_zeroed(bytes, device_.lanes().main()));
    kept = memory_.back().get();
  }
  touch(static_cast<std::byte*>(kept), bytes, true);
  return kept;
}

void Plan::piece(std::function<void(const Lane&)> start) {
  start_grad_weights();  // which come before it
  step.push_back({own_, std::move(start)});
}

void Plan::add_grad_weight(const Tf32GradWeight& layer, const AdamStep* of_update,
                           const std::uint32_t* stopped) {
  if (grad_weights_.count == Tf32GradWeights::most || grad_weights_.step != of_update ||
      grad_weights_.stopped != stopped) {
    start_grad_weights();
  }
  grad_weights_.of[grad_weights_.count++] = layer;
  grad_weights_.step = of_update;
  grad_weights_.stopped = stopped;
  touched_by_grad_weights_.insert(touched_by_grad_weights_.end(), own_.begin(), own_.end());
}

void Plan::start_grad_weights() {
  if (grad_weights_.count == 0) return;
  const Tf32GradWeights to = std::exchange(grad_weights_, {});
  step.push_back({std::exchange(touched_by_grad_weights_, {}),
                  [=](const Lane& lane) { tf32_grad_weights(lane.stream, to); }});
}

Mat<const float> Plan::input(const Input& x) {
  const auto* const batch = std::get_if<Batch>(&x);
  if (batch == nullptr) return std::get<Mat<const float>>(x);
  const auto same = [&](const auto& gathered) { return gathered.first == *batch; };
  auto found = std::find_if(gathered_.begin(), gathered_.end(), same);
  if (found == gathered_.end()) {
    const Piece own_of_op = std::exchange(own_, {});
    touch(unwrap(batch->order.data), batch->order.size, false);
    const int cols = batch->from.pixels.cols, ld = leading_dimension<float>(cols);
    auto* const data = keep<float>(static_cast<std::size_t>(batch->rows) * ld);
    touch(clock, 1, false);
    const Gather to{rows_of(*batch), unwrap(batch->from.pixels.data), batch->from.divisor, data, cols, ld};
    const StepNumber next{clock, false};  // behind a tick the next step's, and before a run its first one's
    before_first_step.push_back({own_, [=](const Lane& lane) { gather(lane.stream, to, next); }});
    own_ = own_of_op;
    gathered_.emplace_back(*batch, Mat<float>(Ptr<float>(data), batch->rows, cols, ld));
    found = gathered_.end() - 1;
  }
  own_.push_back(access(found->second, false));
  return found->second;
}

Tf32Input Plan::tf32_input(const Input& x) {
  const auto* const batch = std::get_if<Batch>(&x);
  if (batch == nullptr || batch->from.pixels.cols % 4 != 0) {
    const Mat<const float> matrix = input(x);
    return {
        .x = unwrap(matrix.data), .ld = matrix.ld, .batch = {}, .pixels = nullptr, .scale = 1, .step = {}};
  }
  touch(unwrap(batch->order.data), batch->order.size, false);
  return {.x = nullptr,
          .ld = batch->from.pixels.cols,
          .batch = rows_of(*batch),
          .pixels = unwrap(batch->from.pixels.data),
          .scale = 1 / batch->from.divisor,
          .step = step_number()};
}

StepNumber Plan::step_number() {
  touch(clock, 1, false);
  return {clock, ticked_};
}

Tick Plan::take_tick() {
  if (std::exchange(ticked_, true)) return {};
  touch(clock, 1, true);
  if (adam_step_ != nullptr) {
    touch(adam_step_, 1, true);
    touch(hyper_, 1, false);
  }
  return {clock, hyper_, adam_step_};
}

// In the middle of an op that wants its update's constants, or at the end of the step.
void Plan::add_tick() {
  const Piece own_of_op = std::exchange(own_, {});
  const Tick to = take_tick();
  piece([=](const Lane& lane) { tick(lane.stream, to); });
  own_ = own_of_op;
}

const AdamStep* Plan::adam_step() {
  if (!ticked_) add_tick();
  touch(adam_step_, 1, false);
  return adam_step_;
}

std::optional<Mask> Plan::new_mask(Mat<const float> y) {
  const bool wanted = std::any_of(program_.begin(), program_.end(), [&](const Op& op) {
    const auto* const grad = std::get_if<GradInput>(&op);
    return grad != nullptr && grad->act_below == Activation::relu && grad->y_below == y;
  });
  if (!wanted) return std::nullopt;
  const auto ld = static_cast<std::int64_t>(round_up(static_cast<std::size_t>(y.cols), 128));
  const std::size_t bytes = static_cast<std::size_t>(ld / 8) * y.rows;
  return Mask{keep<std::byte>(bytes), ld, bytes};
}

std::optional<Mask> Plan::mask_of(Mat<const float> y) {
  const auto found = masks_.find(y.data.address());
  if (found == masks_.end()) return std::nullopt;
  touch(static_cast<std::byte*>(found->second.bits), found->second.bytes, false);
  return found->second;
}

std::optional<Matmul> Plan::matmul(const Product& product, Precision precision) {
  auto planned = Matmul::plan(device_.cublas_lt(), product, precision, device_.lanes().workspace_bytes());
  const bool is_there = memory_mode_ == Memory::allocated;  // what is multiplied, so that it can be timed
  if (planned && is_there) tune(*planned, describe(*op_), device_);
  return planned;
}

void Plan::start(Matmul planned, const std::string& what) {
  note_algorithm((planned.is_tuned() ? "tuned: " : "") + what + name_of(planned.algorithm()));
  piece([shared = std::make_shared<Matmul>(std::move(planned))](const Lane& lane) { shared->start(lane); });
}

bool Plan::add_fused_product(const Product& product) {
  std::optional<Matmul> planned = matmul(product, device_.precision());
  if (planned) start(std::move(*planned), fmt::format("epilogue {}, ", static_cast<int>(product.epilogue)));
  return planned.has_value();
}

void Plan::add_product(const Product& product) {
  if (auto planned = matmul(product, device_.precision())) return start(std::move(*planned), "");
  if (auto planned = matmul(product, Precision::fp32)) return start(std::move(*planned), "fp32, ");
  note_algorithm("our own, since cuBLASLt has none");
  // D = op(A) op(B) down columns is, along rows, op(B)^T op(A)^T.
  const auto factor = [](const Product::Factor& f) { return ProductFactor{f.data, f.ld, f.transposed}; };
  const ProductOperands to{factor(product.b), factor(product.a), product.d,   product.n(),
                           product.m(),       product.k(),       product.ld_d};
  piece([=](const Lane& lane) { cuda::product(lane.stream, to); });
}

}  // namespace duet::cuda
