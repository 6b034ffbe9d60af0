#include "core/model/stored_layers.h"

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "core/model/json.h"

namespace duet {
namespace {

// The sizes of one layer, from the shapes of its tensors.
Layer sizes_of(const TensorEntry& weight, const TensorEntry& bias) {
  constexpr std::uint64_t largest = std::numeric_limits<int>::max();
  const auto valid = [](std::uint64_t size) { return size >= 1 && size <= largest; };
  if (weight.shape.size() != 2 || !std::all_of(weight.shape.begin(), weight.shape.end(), valid)) {
    fail(ErrorKind::model, "the shape of {} is not (outputs, inputs)", weight.name);
  }
  if (bias.shape != std::vector{weight.shape[0]}) {
    fail(ErrorKind::model, "the shape of {} is not ({}), as {} has it", bias.name, weight.shape[0],
         weight.name);
  }
  Layer layer;
  layer.outputs = static_cast<int>(weight.shape[0]);
  layer.inputs = static_cast<int>(weight.shape[1]);
  return layer;
}

std::string weight_of(std::string_view prefix, std::size_t layer) {
  return fmt::format("{}.{}.weight", prefix, layer);
}
std::string bias_of(std::string_view prefix, std::size_t layer) {
  return fmt::format("{}.{}.bias", prefix, layer);
}

}  // namespace

StoredTensors::StoredTensors(SafetensorsFile& file) : file_(file) {
  for (const TensorEntry& tensor : file.tensors()) left_[tensor.name] = &tensor;
}

const TensorEntry& StoredTensors::find(const std::string& name) const {
  const auto found = left_.find(name);
  if (found == left_.end()) {
    fail(ErrorKind::model,
         "it has no tensor {}: layers are NAME.N.weight (out, in) and NAME.N.bias, N from 0", name);
  }
  return *found->second;
}

std::vector<float> StoredTensors::take(const std::string& name) {
  const TensorEntry& tensor = find(name);
  left_.erase(name);
  return file_.read(tensor);
}

std::vector<Layer> StoredTensors::take_layers(std::string_view prefix) {
  std::vector<Layer> layers;
  do {
    const std::string weight = weight_of(prefix, layers.size()), bias = bias_of(prefix, layers.size());
    const TensorEntry& of_weight = find(weight);
    Layer& layer = layers.emplace_back(sizes_of(of_weight, find(bias)));
    layer.weight = take(weight);
    layer.bias = take(bias);
    layer.activation = Activation::relu;
  } while (left_.contains(weight_of(prefix, layers.size())));
  layers.back().activation = Activation::none;
  return layers;
}

void check_fits_before(const std::vector<Layer>& layers, std::size_t i) {
  if (layers[i].inputs != layers[i - 1].outputs) {
    fail(ErrorKind::model, "layer {} takes {} inputs, but layer {} has {} outputs", i, layers[i].inputs,
         i - 1, layers[i - 1].outputs);
  }
}

void StoredTensors::expect_none_left() const {
  if (!left_.empty()) {
    fail(ErrorKind::model, "nothing is known of its tensor {}", escaped(left_.begin()->first));
  }
}

void add_layers(std::vector<TensorView>& tensors, std::string_view prefix, const std::vector<Layer>& layers) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    tensors.push_back({weight_of(prefix, i), {layer.outputs, layer.inputs}, layer.weight});
    tensors.push_back({bias_of(prefix, i), {layer.outputs}, layer.bias});
  }
}

}  // namespace duet
