// A trained model as it is kept: weights, and everything that prediction needs to take raw images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/activation.h"

namespace duet {

inline constexpr const char* model_file_name = "model.safetensors";      // in a run folder
inline constexpr const char* best_model_file_name = "best.safetensors";  // of the best epoch by validation

// y = activation(weight x + bias). Kept as in PyTorch and in the file: weight is (outputs, inputs),
// row-major.
struct Layer {
  int inputs = 0, outputs = 0;
  Activation activation = Activation::none;
  std::vector<float> weight;  // (outputs, inputs)
  std::vector<float> bias;    // (outputs)
};

inline std::uint64_t parameters_of(const Layer& layer) { return layer.weight.size() + layer.bias.size(); }

struct Model {
  std::vector<Layer> layers;
  int height = 0, width = 0;  // of the input images, uint8
  float divisor = 255;        // x = pixel / divisor, rounded once: what NumPy and TensorFlow compute
  std::vector<std::string> class_names;  // (classes); the numbers where the data has no names
  std::string training;                  // how it was trained: a JSON object, opaque to the library

  int inputs() const { return layers.front().inputs; }
  int classes() const { return layers.back().outputs; }
};

inline std::uint64_t parameters_of(const Model& model) {
  std::uint64_t parameters = 0;
  for (const Layer& layer : model.layers) parameters += parameters_of(layer);
  return parameters;
}

// safetensors: layers.N.weight, layers.N.bias float32; one metadata key "duet". Written to a temporary file
// beside `path`, flushed, then renamed: the old file stays when anything fails, or when load_model would
// refuse the new one (as for weights that are not finite). Throws Error(other).
void save_model(const Model& model, const std::filesystem::path& path);

// `path` is a file or a run folder. Throws Error(model) when it is missing, damaged or not one of ours.
Model load_model(const std::filesystem::path& path);

struct StoredLayers {
  std::vector<Layer> layers;
  std::string sha256;  // of the file that they were read from, which may be another by now
};

// Weights alone, from any safetensors file with layers.N.weight and layers.N.bias, or from a run folder;
// activations are ReLU but for the last layer's. Throws Error(model).
StoredLayers load_layers(const std::filesystem::path& path);

}  // namespace duet
