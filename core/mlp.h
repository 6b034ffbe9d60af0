// A multilayer perceptron as programs: layer sizes in, ops out. Hidden layers are ReLU, the last has no
// activation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/backend.h"
#include "core/layout.h"
#include "core/model/model.h"
#include "core/ops.h"

namespace duet {

using LayerSizes = std::vector<int>;  // inputs, hidden ..., classes

// Weights and biases, or what belongs to each of them: gradients, moments. Booked side by side, so that one
// op can update them all, padding included.
struct Parameters {
  std::vector<Panels<float>> w;  // (in, out); without addresses where only biases were booked
  std::vector<Vec<float>> b;     // (out)
  Vec<float> all;                // w and b
  Vec<float> biases;             // b
};
Parameters book_parameters(Arena& arena, const LayerSizes& sizes, const Preferences& prefers);
Parameters book_biases(Arena& arena, const LayerSizes& sizes, const Preferences& prefers);
// What a training step stores of them: of biases alone where a backend updates in GradWeight.
Parameters book_gradients(Arena& arena, const LayerSizes& sizes, const Preferences& prefers);

// One matrix a layer, `rows` high: outputs, or gradients of them.
std::vector<Mat<float>> book_activations(Arena& arena, const LayerSizes& sizes, int rows);

// Logits of a batch: outputs.back().
std::vector<Op> forward(const Parameters& p, const std::vector<Mat<float>>& outputs, const Batch& batch);

// All that a training step reads and writes.
struct TrainingBuffers {
  Parameters parameters, gradients, m, v;
  std::vector<Mat<float>> outputs, hidden_gradients;  // (batch, layer); dz of hidden layers: the last layer's
                                                      // takes the place of the logits
  Vec<Result> results;
  Ptr<Hyper> hyper;
  Ptr<std::uint32_t> stopped;
};
TrainingBuffers book_training(Arena& arena, const LayerSizes& sizes, int batch, int steps,
                              const Preferences& prefers);

// Forward, loss, backward, update of one batch, which may be shorter than the buffers.
std::vector<Op> training_step(const TrainingBuffers& on, const Batch& batch, const Preferences& prefers);

// Glorot uniform weights: U(+-sqrt(6 / (in + out))), zero biases. Weight (i, j) of layer l is random number
// i * out + j of the stream (seed, initial_weights, l): the same on every device.
std::vector<Layer> glorot_layers(const LayerSizes& sizes, std::uint64_t seed);

LayerSizes sizes_of(std::span<const Layer> layers);
void upload(Backend& backend, const Parameters& to, std::span<const Layer> layers);
void download(Backend& backend, const Parameters& from, std::span<Layer> layers);  // of the same sizes
bool are_finite(Backend& backend, const Parameters& parameters);

}  // namespace duet
