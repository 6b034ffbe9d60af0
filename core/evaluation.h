// What a trained model makes of examples: loss, accuracy, confusion; or the class and probabilities of each.
#pragma once

#include <span>
#include <vector>

#include "core/backend.h"
#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/memory_needs.h"
#include "core/mlp.h"
#include "core/model/model.h"

namespace duet {

// What a model says of one example.
struct Answer {
  int predicted = 0;      // the first maximum of its logits
  float probability = 0;  // of that class
};

struct Evaluation {
  int classes = 0;
  double loss = 0, accuracy = 0;         // over examples
  std::vector<std::uint32_t> confusion;  // (classes, classes): rows are true classes
  std::vector<Answer> answers;           // (rows), in their order
  std::uint32_t count(int truth, int predicted) const {
    return confusion[static_cast<std::size_t>(truth) * classes + predicted];
  }
  std::uint32_t examples_of(int truth) const;
  double accuracy_of(int truth) const;  // NaN where the class has no example
};

// Throws Error(model) where it has more classes than labels can name.
void check_classes(const Model& model);

// Of evaluate().
MemoryNeeds memory_of_evaluation(Backend& backend, const LayerSizes& sizes, const LabelledImages& data,
                                 const Split& rows);

// Throws Error(memory), before anything is on the device, where it has no room for all; Error(data) when the
// images have another size than the model's, or a label is beyond its classes; Error(model) when the loss is
// not finite, or there are more classes than labels.
Evaluation evaluate(Backend& backend, const Model& model, const LabelledImages& data, const Split& rows);

struct Predictions {
  std::vector<int> classes;          // (images): the first maximum of the logits, as evaluate() counts;
                                     // rounded to probabilities, several may be the largest
  std::vector<float> probabilities;  // (images, classes)
};

// Of predict(), with its images and what it returns.
MemoryNeeds memory_of_prediction(Backend& backend, const Model& model, int images);

// Of raw images of the model's size, which are no more on the host then. Throws Error(memory) likewise;
// Error(data) when they have another size, Error(model) when a logit is not finite.
Predictions predict(Backend& backend, const Model& model, Images images);

}  // namespace duet
