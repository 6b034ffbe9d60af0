// The one declaration of every op's cases: how operands are made, and what the reference says of the outcome.
// The op tests run them at odd sizes on every backend, the benchmark at real ones.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/ops.h"
#include "tests/guarded.h"

namespace duet::test {

class OpCase {
 public:
  virtual ~OpCase() = default;
  virtual Op build(Guarded& operands) = 0;
  virtual void expect(Guarded& operands) = 0;  // after one run of step 1 of program {build()}
};

// The step that every case runs: not 0, so that an op that forgets its step is seen.
inline constexpr int case_step = 1;

// A batch in the second place of an order, over more examples than it needs; and what it amounts to.
struct BatchCase {
  BatchCase(Random& random, int rows, int inputs, int classes, bool sparse = false);
  Batch build(Guarded& operands) const;

  int rows, inputs, stride;
  std::vector<std::uint8_t> pixels, labels;  // of all examples
  std::vector<std::uint32_t> order;
  reference::Matrix x;  // (rows, inputs) of step case_step
  std::vector<int> labels_of_step;
};

struct Shape {
  int rows, in, out;
};

// Where an op's x comes from; of sparse ones most elements are zero, of half sparse ones every second row has
// none that is.
enum class From { activations, sparse_activations, half_sparse_activations, pixels, sparse_pixels };
inline constexpr From all_kinds[] = {From::activations, From::sparse_activations,
                                     From::half_sparse_activations, From::pixels, From::sparse_pixels};

std::unique_ptr<OpCase> linear_case(Shape shape, Activation act, From from);
std::unique_ptr<OpCase> grad_input_case(Shape shape, Activation act_below, From from);
enum class Update { none, adam, stopped };
std::unique_ptr<OpCase> grad_weight_case(Shape shape, From from, Update update);
std::unique_ptr<OpCase> softmax_cross_entropy_case(int rows, int classes, bool backward);
std::unique_ptr<OpCase> adam_case(int size, bool stopped);
std::unique_ptr<OpCase> head_case(Shape shape, Activation act_below);
std::unique_ptr<OpCase> softmax_case(int rows, int classes);
std::unique_ptr<OpCase> confusion_case(int rows, int classes);
std::unique_ptr<OpCase> shuffle_case(int size);

}  // namespace duet::test
