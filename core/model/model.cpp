#include "core/model/model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/error.h"
#include "core/model/description.h"
#include "core/model/json.h"
#include "core/model/safetensors.h"
#include "core/model/stored_layers.h"
#include "core/printable.h"

namespace duet {
namespace {

// A model whose weights are not finite predicts the first class for everything without a word, so it is
// refused here. The trainer never keeps such weights.
void check_finite(const std::vector<float>& values, const std::string& name) {
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
    fail(ErrorKind::model, "{} holds a value that is not finite", name);
  }
}

void check_layers(const std::vector<Layer>& layers) {
  if (layers.empty()) fail(ErrorKind::model, "it has no layers");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    if (layer.inputs < 1 || layer.outputs < 1 ||
        layer.bias.size() != static_cast<std::size_t>(layer.outputs) ||
        layer.weight.size() != static_cast<std::size_t>(layer.outputs) * layer.inputs) {
      fail(ErrorKind::model, "the weights of layer {} do not fit its sizes", i);
    }
    if (i > 0) check_fits_before(layers, i);
    check_finite(layer.weight, fmt::format("layers.{}.weight", i));
    check_finite(layer.bias, fmt::format("layers.{}.bias", i));
  }
}

void check_model(const Model& model) {
  check_layers(model.layers);
  for (const Layer& layer : model.layers) {
    const Activation expected = &layer == &model.layers.back() ? Activation::none : Activation::relu;
    if (layer.activation != expected) {
      fail(ErrorKind::model, "a layer has the activation {} where only {} is known",
           name_of(layer.activation), name_of(expected));
    }
  }
  if (static_cast<std::int64_t>(model.height) * model.width != model.inputs()) {
    fail(ErrorKind::model, "it takes {} inputs, but images of {} x {}", model.inputs(), model.height,
         model.width);
  }
  if (model.class_names.size() != static_cast<std::size_t>(model.classes())) {
    fail(ErrorKind::model, "it has {} classes, but {} class names", model.classes(),
         model.class_names.size());
  }
  for (const std::string& name : model.class_names) {  // they are printed in columns divided by tabs
    if (printable(name) != name) {
      fail(ErrorKind::model, "class name {} holds a control character", escaped(name));
    }
  }
}

std::filesystem::path resolve(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  auto file = path / model_file_name;
  if (!std::filesystem::exists(file, error)) {
    fail(ErrorKind::model, "{} holds no {}: give a model file, or the folder of a training that has ended",
         path.string(), model_file_name);
  }
  return file;
}

std::vector<Layer> read_layers(SafetensorsFile& file) {
  StoredTensors tensors(file);
  std::vector<Layer> layers = tensors.take_layers("layers");
  tensors.expect_none_left();
  return layers;
}

Model read_model(const std::filesystem::path& path) {
  SafetensorsFile file(path);
  const auto description = file.metadata().find(description_key);
  if (description == file.metadata().end()) {
    fail(ErrorKind::model,
         "not a model of duet: its metadata has no '{}' (weights alone can start a training)",
         description_key);
  }
  Model model = parse_description(description->second);
  std::vector<Layer> layers = read_layers(file);
  if (layers.size() != model.layers.size()) {
    fail(ErrorKind::model, "{} layers are described, but {} stored", model.layers.size(), layers.size());
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].inputs != model.layers[i].inputs || layers[i].outputs != model.layers[i].outputs) {
      fail(ErrorKind::model, "layer {} is stored in another size than its description", i);
    }
    layers[i].activation = model.layers[i].activation;
  }
  model.layers = std::move(layers);
  check_model(model);
  return model;
}

// Runs `work`, whose errors say the fault alone, and puts the file before the fault.
template <class Work>
auto naming(const std::filesystem::path& path, ErrorKind kind, Work&& work) {
  try {
    return work();
  } catch (const Error& error) { fail(kind, "{}: {}", path.string(), error.what()); }
}

}  // namespace

void save_model(const Model& model, const std::filesystem::path& path) {
  const std::string description = naming(path, ErrorKind::other, [&] {
    check_model(model);
    std::string text = describe(model);
    parse_description(text);  // what could not be read back must not replace a file that can
    return text;
  });
  std::vector<TensorView> tensors;
  add_layers(tensors, "layers", model.layers);
  write_safetensors(path, tensors, {{description_key, description}});
}

Model load_model(const std::filesystem::path& path) {
  const auto file = resolve(path);
  return naming(file, ErrorKind::model, [&] { return read_model(file); });
}

StoredLayers load_layers(const std::filesystem::path& path) {
  const auto file_path = resolve(path);
  return naming(file_path, ErrorKind::model, [&] {
    SafetensorsFile file(file_path);
    file.check();  // which load_model() leaves out: it would be a third of the time that a prediction takes
    StoredLayers stored{.layers = read_layers(file), .sha256 = file.sha256()};
    check_layers(stored.layers);
    return stored;
  });
}

}  // namespace duet
