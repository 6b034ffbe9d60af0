// The vocabulary of a program: plain structs that say what one step does. Step i of a run is a function of i
// alone. Shapes in comments are (rows, columns); batch rows are `rows`. Backends may assume what check()
// checks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/activation.h"
#include "core/hyper.h"
#include "core/result.h"
#include "core/views.h"

namespace duet {

// Examples on a device, one byte a pixel: x = pixel / divisor. They never change after compile(), so that a
// backend may derive from them what it likes. Labels are empty where nothing asks for them.
struct Examples {
  Mat<const std::uint8_t> pixels;  // (examples, inputs), dense: ld = cols
  float divisor = 1;
  Vec<const std::uint8_t> labels;  // (examples)
  bool operator==(const Examples&) const = default;
};

// Step i works on the examples order[i * stride .. i * stride + rows).
struct Batch {
  Examples from;
  Vec<const std::uint32_t> order;
  int stride = 0, rows = 0;
  bool operator==(const Batch&) const = default;
};

using Input = std::variant<Batch, Mat<const float>>;

// y = act(x w + b)
struct Linear {
  Input x;                // (rows, in)
  Panels<const float> w;  // (in, out)
  Vec<const float> b;     // (out)
  Activation act = Activation::none;
  Mat<float> y;  // (rows, out)
};

// loss = mean over the batch of log(sum exp(z - max z)) + max z - z_label. Writes results[i] of step i; the
// first maximum is the class. A loss that is not finite sets *stopped (where given). With `backward`, logits
// become dz = (softmax(z) - onehot) / rows and db their column sums; without, logits stay and db is empty.
struct SoftmaxCrossEntropy {
  Mat<float> logits;  // (rows, classes)
  Batch labels;
  bool backward = false;
  Vec<float> db;  // (classes)
  Vec<Result> results;
  Ptr<std::uint32_t> stopped;
};

// dz_below = (dz w^T) * act'(y_below), and its column sums
struct GradInput {
  Mat<const float> dz;       // (rows, out)
  Panels<const float> w;     // (in, out)
  Mat<const float> y_below;  // (rows, in): what act_below made
  Activation act_below = Activation::none;
  Mat<float> dz_below;  // (rows, in)
  Vec<float> db_below;  // (in)
};

// Update number t = hyper.updates + i + 1 (Kingma and Ba 2015, with epsilon outside the corrected root, as
// Keras): m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; param -= lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) +
// eps). While *stopped is not zero, nothing is updated.
struct Adam {
  Vec<float> param;  // sizes with padding included: what is zero stays zero
  Vec<const float> grad;
  Vec<float> m, v;
  Ptr<const Hyper> hyper;
  Ptr<const std::uint32_t> stopped;
};

// dw = x^T dz. With `update`, the gradient is not stored but applied at once: then dw.data and update->grad
// are empty.
struct GradWeight {
  Input x;              // (rows, in)
  Mat<const float> dz;  // (rows, out)
  Panels<float> dw;     // (in, out)
  std::optional<Adam> update;
};

// The end of a network's forward and the beginning of its backward pass in one op, for a backend that would
// rather not start three kernels for a few classes: each part works on what the one before it made.
struct Head {
  Linear last;               // its y are the logits
  SoftmaxCrossEntropy loss;  // backward: the logits become dz
  GradInput below;           // from that dz, through last.w to what made last.x
};

// Beside a training step.

// logits become probabilities, in place
struct Softmax {
  Mat<float> logits;
};

// counts(true class, predicted class) += 1 for every row; before Softmax, since it looks at logits alike
struct Confusion {
  Mat<const float> logits;
  Batch labels;
  Mat<std::uint32_t> counts;  // (classes, classes)
};

// Step e brings `order` into the sequence of epoch e: its rows (row numbers in the file) sorted by
// (Philox value of (seed, e, row)) << 32 | row.
struct Shuffle {
  std::uint64_t seed = 0;
  Vec<std::uint32_t> order;
};

using Op =
    std::variant<Linear, SoftmaxCrossEntropy, GradInput, GradWeight, Adam, Head, Softmax, Confusion, Shuffle>;

// A run of bytes that an op reads or writes.
struct Access {
  std::uintptr_t begin, end;
  bool write;
};

// All an op touches but constants (pixels, labels): for checks, for traffic figures, and for whoever
// schedules.
std::vector<Access> accesses(const Op& op);
bool conflict(std::span<const Access> a, std::span<const Access> b);  // one writes what the other touches

std::string_view name_of(const Op& op);
std::string describe(const Op& op);  // one line with shapes, enough to repeat a case
double flops(const Op& op);          // of one run of it
double bytes(const Op& op);          // read and written once each

// Throws std::logic_error when shapes, strides, alignment or aliasing are not what backends may assume: rows
// of 64 bytes, every operand there, matching sizes, no operand written that the op reads elsewhere. Backends
// call it first.
void check(std::span<const Op> step);

}  // namespace duet
