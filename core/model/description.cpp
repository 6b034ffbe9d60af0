#include "core/model/description.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/model/json.h"

namespace duet {
namespace {

using nlohmann::json;

constexpr std::uint64_t current_format = 1;

void check_format(const json& description) {
  const auto format =
      as_unsigned(member(description, "format", "the model's description"), "the model's format");
  if (format > current_format) {
    fail(ErrorKind::model, "written by a newer version of duet (model format {}; this version reads {})",
         format, current_format);
  }
  if (format < current_format) fail(ErrorKind::model, "there is no model format {}", format);
}

Activation parse_activation(const std::string& name) {
  for (const auto activation : {Activation::none, Activation::relu}) {
    if (name == name_of(activation)) return activation;
  }
  fail(ErrorKind::model, "activation {} is not known", escaped(name));
}

Layer parse_layer(const json& value) {
  as_object(value, "a layer");
  Layer layer;
  layer.inputs = as_positive_int(member(value, "inputs", "a layer"), "a layer's number of inputs");
  layer.outputs = as_positive_int(member(value, "outputs", "a layer"), "a layer's number of outputs");
  layer.activation = parse_activation(as_string(member(value, "activation", "a layer"), "an activation"));
  return layer;
}

float parse_divisor(const json& preprocessing) {
  const auto& dtype = as_string(member(preprocessing, "dtype", "preprocessing"), "the dtype of the input");
  if (dtype != "uint8") fail(ErrorKind::model, "it takes {} inputs, not uint8 images", escaped(dtype));
  const json& value = member(preprocessing, "divide_by", "preprocessing");
  const double divisor = value.is_number() ? value.get<double>() : 0;
  constexpr double lowest = std::numeric_limits<float>::denorm_min(),
                   highest = std::numeric_limits<float>::max();
  if (!(divisor >= lowest && divisor <= highest))
    fail(ErrorKind::model, "the divisor of the input is not a positive float");
  return static_cast<float>(divisor);
}

}  // namespace

std::string describe(const Model& model) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const Layer& layer : model.layers) {
    layers.push_back(
        {{"inputs", layer.inputs}, {"outputs", layer.outputs}, {"activation", name_of(layer.activation)}});
  }
  nlohmann::ordered_json description;
  description["format"] = current_format;
  description["input"] = {{"height", model.height}, {"width", model.width}};
  // The float as a double: written with all its digits, it reads back exactly, whatever it is.
  description["preprocessing"] = {{"dtype", "uint8"}, {"divide_by", static_cast<double>(model.divisor)}};
  description["layers"] = std::move(layers);
  description["classes"] = model.class_names;
  description["training"] = parse_object(model.training.empty() ? "{}" : model.training, "training");
  return description.dump(-1, ' ', false, json::error_handler_t::replace);
}

Model parse_description(const std::string& text) {
  const std::string what = "the model's description";
  const json description = parse_object(text, what);
  check_format(description);
  Model model;
  const json& input = as_object(member(description, "input", what), "input");
  model.height = as_positive_int(member(input, "height", "input"), "the height of the input");
  model.width = as_positive_int(member(input, "width", "input"), "the width of the input");
  model.divisor = parse_divisor(as_object(member(description, "preprocessing", what), "preprocessing"));
  for (const json& layer : as_array(member(description, "layers", what), "layers")) {
    model.layers.push_back(parse_layer(layer));
  }
  for (const json& name : as_array(member(description, "classes", what), "classes")) {
    model.class_names.push_back(as_string(name, "a class name"));
  }
  model.training = as_object(member(description, "training", what), "training").dump();
  return model;
}

}  // namespace duet
