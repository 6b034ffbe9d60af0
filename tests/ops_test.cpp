// Every op against the reference: odd sizes in every combination, canaries around every operand, on every
// backend.
#include <gtest/gtest.h>

#include "tests/backends.h"
#include "tests/cuda_double/control.h"
#include "tests/op_cases.h"

namespace duet::test {
namespace {

using cuda_double::Double;

// A GPU whose kernels are interpreted takes its time.
std::vector<int> quick_ones_of(std::vector<int> sizes) {
  if (Double::here() != nullptr) std::erase_if(sizes, [](int size) { return size > 128; });
  return sizes;
}

// One case on every backend.
class Ops : public testing::Test {
 protected:
  void run(OpCase& op_case) {
    for (const NamedBackend& on : backends_) {
      Guarded operands(*on.backend);
      const Op op = op_case.build(operands);
      SCOPED_TRACE(on.name + ": " + describe(op));
      on.backend->compile({&op, 1})->run(case_step, 1);
      op_case.expect(operands);
      operands.expect_canaries_alive();
      ++runs_;
    }
  }
  From next_kind() { return all_kinds[kinds_++ % std::size(all_kinds)]; }
  void TearDown() override {
    ASSERT_GT(runs_, 0) << "nothing was run";
    if (Double::here() == nullptr) return;
    EXPECT_EQ(Double::take_reports(), std::vector<std::string>{});
    EXPECT_GE(Double::here()->counters().kernels, static_cast<std::uint64_t>(runs_));
  }

 private:
  std::vector<NamedBackend> backends_ = usable_backends();

 protected:
  const std::vector<int> sizes = quick_ones_of({1, 7, 10, 127, 128, 257, 700, 784});
  const std::vector<int> batches = quick_ones_of({1, 7, 10, 127, 128, 257});

 private:
  int runs_ = 0;
  std::size_t kinds_ = 0;
};

TEST_F(Ops, Linear) {
  for (const int rows : batches) {
    for (const int in : sizes) {
      for (const int out : sizes) {
        // Activations take turns, and the kinds of x: all meet every size.
        run(*linear_case({rows, in, out}, (rows + out) % 2 ? Activation::relu : Activation::none,
                         next_kind()));
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(Ops, LinearOfEveryKind) {
  for (const Activation act : {Activation::none, Activation::relu}) {
    for (const From from : all_kinds) {
      for (const Shape shape :
           {Shape{1, 1, 1}, {7, 10, 127}, {128, 784, 10}, {300, 17, 33}, {300, 300, 90}}) {
        run(*linear_case(shape, act, from));
      }
    }
  }
}

TEST_F(Ops, GradInput) {
  for (const int rows : batches) {
    for (const int in : sizes) {
      for (const int out : sizes) {
        run(*grad_input_case({rows, in, out}, (rows + in) % 2 ? Activation::relu : Activation::none,
                             all_kinds[(rows + out) % 3]));
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(Ops, GradWeight) {
  for (const int rows : batches) {
    for (const int in : sizes) {
      for (const int out : sizes) {
        run(*grad_weight_case({rows, in, out}, next_kind(), (rows + in) % 2 ? Update::adam : Update::none));
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(Ops, GradWeightOfEveryKind) {
  for (const Update update : {Update::none, Update::adam, Update::stopped}) {
    for (const From from : all_kinds) {
      for (const Shape shape :
           {Shape{1, 1, 1}, {7, 10, 127}, {128, 257, 10}, {128, 784, 700}, {300, 17, 1600}}) {
        if (Double::here() != nullptr && shape.in * shape.out > 100'000) continue;  // as above
        run(*grad_weight_case(shape, from, update));
      }
    }
  }
}

TEST_F(Ops, SoftmaxCrossEntropy) {
  for (const int rows : batches) {
    for (const int classes : sizes) {
      for (const bool backward : {false, true}) run(*softmax_cross_entropy_case(rows, classes, backward));
    }
  }
}

TEST_F(Ops, Adam) {
  for (const int size : {1, 7, 10, 127, 128, 257, 700, 784, 8192, 8193, 100'000}) {
    for (const bool stopped : {false, true}) run(*adam_case(size, stopped));
  }
}

TEST_F(Ops, Head) {
  for (const int rows : batches) {
    for (const int in : sizes) {
      for (const int classes : {1, 2, 7, 10, 16, 17, 31, 32}) {
        run(*head_case({rows, in, classes}, (rows + in) % 2 ? Activation::relu : Activation::none));
        if (HasFatalFailure()) return;
      }
    }
  }
  // More inputs than a block has threads, in a GPU's quick sizes too.
  for (const int classes : {10, 31}) run(*head_case({9, 1030, classes}, Activation::relu));
}

TEST_F(Ops, Softmax) {
  for (const int rows : batches) {
    for (const int classes : sizes) run(*softmax_case(rows, classes));
  }
}

TEST_F(Ops, Confusion) {
  for (const int rows : batches) {
    for (const int classes : sizes) run(*confusion_case(rows, classes));
  }
}

TEST_F(Ops, Shuffle) {
  for (const int size : {1, 7, 10, 127, 50'000}) run(*shuffle_case(size));
}

}  // namespace
}  // namespace duet::test
