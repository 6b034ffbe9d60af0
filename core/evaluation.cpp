#include "core/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/metrics.h"
#include "core/resident.h"
#include "core/sweep.h"

namespace duet {
namespace {

struct InferenceBuffers {
  Parameters parameters;
  std::vector<Mat<float>> outputs;
};

// What an evaluation adds up; the counts are large where there are many classes.
struct Tally {
  Vec<Result> results;
  Mat<std::uint32_t> counts;
};

InferenceBuffers book_inference(Arena& arena, const LayerSizes& sizes, int examples,
                                const Preferences& prefers) {
  return {book_parameters(arena, sizes, prefers),
          book_activations(arena, sizes, std::min(prefers.rows_of_evaluation, examples))};
}

Tally book_tally(Arena& arena, int classes, int examples, int batch_rows) {
  return {arena.vec<Result>(count_steps(examples, batch_rows)), arena.mat<std::uint32_t>(classes, classes)};
}

std::vector<Op> evaluation_step(const InferenceBuffers& on, const Tally& tally, const Batch& batch) {
  const Mat<float> logits = first_rows(on.outputs.back(), batch.rows);
  std::vector<Op> program = forward(on.parameters, on.outputs, batch);
  program.push_back(Confusion{logits, batch, tally.counts});
  program.push_back(SoftmaxCrossEntropy{logits, batch, false, {}, tally.results, {}});
  return program;
}

std::vector<Op> softmax_step(Mat<float> logits) { return {Softmax{logits}}; }

// A model on a backend, and the buffers to run batches through it.
class Inference {
 public:
  Inference(Backend& backend, const Model& model, int examples)
      : booked_(allocate(backend, [&](Arena& arena) {
          return book_inference(arena, sizes_of(model.layers), examples, backend.prefers());
        })) {
    upload(backend, booked_.second.parameters, model.layers);
  }
  const InferenceBuffers& on() const { return booked_.second; }
  Mat<float> logits(int rows) const { return first_rows(on().outputs.back(), rows); }

 private:
  std::pair<Memory, InferenceBuffers> booked_;
};

void check_size(const Model& model, const Images& images, const std::string& name) {
  if (images.height != model.height || images.width != model.width) {
    fail(ErrorKind::data, "{} are {} x {} pixels and the model takes {} x {}", name, images.height,
         images.width, model.height, model.width);
  }
}

// Finite weights may still be too large to compute with.
[[noreturn]] void fail_not_finite(const std::string& what) {
  fail(ErrorKind::model,
       "{} is not finite: the model's weights are too large; train it with a smaller --learning-rate", what);
}

// In double: the softmax of the greatest logit is 1 / sum exp(z - max z).
Answer answer_of(std::span<const float> logits) {
  const int predicted = first_maximum(logits);
  const double greatest = double{logits[static_cast<std::size_t>(predicted)]};
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit} - greatest);
  return {predicted, static_cast<float>(1 / sum)};
}

}  // namespace

std::uint32_t Evaluation::examples_of(int truth) const {
  std::uint32_t sum = 0;
  for (int j = 0; j < classes; ++j) sum += count(truth, j);
  return sum;
}

double Evaluation::accuracy_of(int truth) const {
  const std::uint32_t examples = examples_of(truth);
  if (examples == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(count(truth, truth)) / examples;
}

void check_classes(const Model& model) {
  if (model.classes() <= most_classes) return;
  fail(ErrorKind::model, "the model has {} classes, and labels are bytes: of more than {} none is tested",
       model.classes(), most_classes);
}

MemoryNeeds memory_of_evaluation(Backend& backend, const LayerSizes& sizes, const LabelledImages& data,
                                 const Split& rows) {
  Arena arena;
  const Examples examples = book_examples(arena, data.images, data.labels.size(), 1);
  const Vec<std::uint32_t> order = book_order(arena, rows);
  MemoryNeeds needs{.data = arena.size(),
                    .weights = bytes_of([&](Arena& a) { book_parameters(a, sizes, backend.prefers()); })};
  const int batch_rows = backend.prefers().rows_of_evaluation;
  const InferenceBuffers on = book_inference(arena, sizes, rows.count, backend.prefers());
  const Tally tally = book_tally(arena, sizes.back(), rows.count, batch_rows);
  needs.activations = arena.size() - needs.total();
  needs.workspace += bytes_of_sweep(backend, rows.count, batch_rows, [&](int batch) {
    return evaluation_step(on, tally, {examples, order, batch_rows, batch});
  });
  return needs;
}

Evaluation evaluate(Backend& backend, const Model& model, const LabelledImages& data, const Split& rows) {
  check_classes(model);
  check_size(model, data.images, fmt::format("the images of {}", data.images_file.path.string()));
  check_labels(data, model.classes());
  check_memory(backend, "the evaluation", memory_of_evaluation(backend, sizes_of(model.layers), data, rows));
  const ResidentExamples examples(backend, data.images, data.labels, model.divisor);
  const ResidentOrder order(backend, rows);
  const Inference inference(backend, model, rows.count);
  const int batch_rows = backend.prefers().rows_of_evaluation;
  const auto booked = allocate(
      backend, [&](Arena& arena) { return book_tally(arena, model.classes(), rows.count, batch_rows); });
  const Tally& tally = booked.second;
  Sweep sweep(backend, rows.count, batch_rows, [&](int batch) {
    return evaluation_step(inference.on(), tally, {examples.examples(), order.order(), batch_rows, batch});
  });
  std::vector<Answer> answers;
  answers.reserve(static_cast<std::size_t>(rows.count));
  for (int step = 0; step < sweep.steps(); ++step) {
    sweep.run(step, 1);
    const int in_batch = std::min(batch_rows, rows.count - step * batch_rows);
    const std::vector<float> logits = read_dense(backend, inference.logits(in_batch));
    const auto classes = static_cast<std::size_t>(model.classes());
    for (auto row = logits.begin(); row != logits.end(); row += model.classes()) {
      answers.push_back(answer_of({row, classes}));
    }
  }

  std::vector<Result> results(static_cast<std::size_t>(sweep.steps()));
  copy_out<Result>(backend, results, tally.results.data);
  if (first_not_finite(results) >= 0) {
    fail_not_finite(fmt::format("the loss on {} of {}", to_string(rows), data.images_file.path.string()));
  }
  const Metrics metrics = summarize(results);
  return {.classes = model.classes(),
          .loss = metrics.loss,
          .accuracy = metrics.accuracy,
          .confusion = read_dense(backend, tally.counts),
          .answers = std::move(answers)};
}

MemoryNeeds memory_of_prediction(Backend& backend, const Model& model, int images) {
  Arena arena;
  const LayerSizes sizes = sizes_of(model.layers);
  const Examples examples = book_examples(
      arena, {.count = images, .height = model.height, .width = model.width, .storage = {}}, 0, 1);
  const Vec<std::uint32_t> order = book_order(arena, {.part = Part::test, .first = 0, .count = images});
  MemoryNeeds needs{.data = arena.size(),
                    .weights = bytes_of([&](Arena& a) { book_parameters(a, sizes, backend.prefers()); })};
  const int batch_rows = backend.prefers().rows_of_evaluation;
  const InferenceBuffers on = book_inference(arena, sizes, images, backend.prefers());
  needs.activations = arena.size() - needs.total();
  needs.workspace += bytes_of_sweep(backend, images, batch_rows, [&](int batch) {
    return forward(on.parameters, on.outputs, {examples, order, batch_rows, batch});
  });
  needs.workspace += bytes_of_sweep(backend, images, batch_rows, [&](int batch) {
    return softmax_step(first_rows(on.outputs.back(), batch));
  });
  if (backend.takes_memory_of_host()) {  // each image's class, and its probabilities
    needs.data += static_cast<std::size_t>(images) *
                  (sizeof(int) + static_cast<std::size_t>(model.classes()) * sizeof(float));
  }
  return needs;
}

Predictions predict(Backend& backend, const Model& model, Images images) {
  check_size(model, images, "the images");
  const int count = images.count;
  MemoryNeeds needs = memory_of_prediction(backend, model, count);
  if (backend.takes_memory_of_host()) needs.there = images.pixels().size();  // they move
  check_memory(backend, "the prediction", needs);
  const ResidentExamples examples(backend, std::move(images), {}, model.divisor);
  const ResidentOrder order(backend, {.part = Part::test, .first = 0, .count = count});
  const Inference inference(backend, model, count);
  const int batch_rows = backend.prefers().rows_of_evaluation;
  Sweep network(backend, count, batch_rows, [&](int batch) {
    return forward(inference.on().parameters, inference.on().outputs,
                   {examples.examples(), order.order(), batch_rows, batch});
  });
  Sweep softmax(backend, count, batch_rows, [&](int batch) { return softmax_step(inference.logits(batch)); });

  Predictions predictions;
  const auto classes = static_cast<std::size_t>(model.classes());
  predictions.classes.reserve(static_cast<std::size_t>(count));
  predictions.probabilities.reserve(static_cast<std::size_t>(count) * classes);
  for (int step = 0; step < network.steps(); ++step) {
    const int rows = std::min(batch_rows, count - step * batch_rows);
    network.run(step, 1);
    const std::vector<float> logits = read_dense(backend, inference.logits(rows));
    if (!std::all_of(logits.begin(), logits.end(), [](float logit) { return std::isfinite(logit); })) {
      fail_not_finite("what the last layer makes of the images");
    }
    for (auto row = logits.begin(); row != logits.end(); row += model.classes()) {
      predictions.classes.push_back(first_maximum({row, classes}));
    }
    softmax.run(step, 1);
    const std::vector<float> batch = read_dense(backend, inference.logits(rows));
    predictions.probabilities.insert(predictions.probabilities.end(), batch.begin(), batch.end());
  }
  return predictions;
}

}  // namespace duet
