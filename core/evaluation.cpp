#include "core/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/metrics.h"
#include "core/mlp.h"
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

// A model on a backend, and the buffers to run batches through it.
class Inference {
 public:
  Inference(Backend& backend, const Model& model, int examples)
      : booked_(allocate(backend, [&](Arena& arena) {
          const LayerSizes sizes = sizes_of(model.layers);
          return InferenceBuffers{
              book_parameters(arena, sizes, backend.prefers()),
              book_activations(arena, sizes, std::min(backend.prefers().rows_of_evaluation, examples))};
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

Evaluation evaluate(Backend& backend, const Model& model, const LabelledImages& data, const Split& rows) {
  check_size(model, data.images, fmt::format("the images of {}", data.images_file.path.string()));
  check_labels(data, model.classes());
  const ResidentExamples examples(backend, data.images, data.labels, model.divisor);
  const ResidentOrder order(backend, rows);
  const Inference inference(backend, model, rows.count);
  const int batch_rows = backend.prefers().rows_of_evaluation;
  const InferenceBuffers& on = inference.on();
  const auto booked = allocate(backend, [&](Arena& arena) {
    return Tally{arena.vec<Result>(count_steps(rows.count, batch_rows)),
                 arena.mat<std::uint32_t>(model.classes(), model.classes())};
  });
  const Tally& tally = booked.second;
  Sweep sweep(backend, rows.count, batch_rows, [&](int batch) {
    const Batch labels{examples.examples(), order.order(), batch_rows, batch};
    std::vector<Op> program = forward(on.parameters, on.outputs, labels);
    program.push_back(Confusion{inference.logits(batch), labels, tally.counts});
    program.push_back(SoftmaxCrossEntropy{inference.logits(batch), labels, false, {}, tally.results, {}});
    return program;
  });
  sweep.run(0, sweep.steps());

  std::vector<Result> results(static_cast<std::size_t>(sweep.steps()));
  copy_out<Result>(backend, results, tally.results.data);
  if (first_not_finite(results) >= 0) {
    fail_not_finite(fmt::format("the loss on {} of {}", to_string(rows), data.images_file.path.string()));
  }
  const Metrics metrics = summarize(results);
  return {.classes = model.classes(),
          .loss = metrics.loss,
          .accuracy = metrics.accuracy,
          .confusion = read_dense(backend, tally.counts)};
}

Predictions predict(Backend& backend, const Model& model, Images images) {
  check_size(model, images, "the images");
  const int count = images.count;
  const ResidentExamples examples(backend, std::move(images), {}, model.divisor);
  const ResidentOrder order(backend, {.part = Part::test, .first = 0, .count = count});
  const Inference inference(backend, model, count);
  const int batch_rows = backend.prefers().rows_of_evaluation;
  Sweep network(backend, count, batch_rows, [&](int batch) {
    return forward(inference.on().parameters, inference.on().outputs,
                   {examples.examples(), order.order(), batch_rows, batch});
  });
  Sweep softmax(backend, count, batch_rows,
                [&](int batch) { return std::vector<Op>{Softmax{inference.logits(batch)}}; });

  Predictions predictions;
  const auto classes = static_cast<std::size_t>(model.classes());
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
