// duet inspect: what a model file holds, and where it comes from.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/json_text.h"
#include "tools/options.h"

namespace duet {
namespace {

using nlohmann::json;

// "label  item, item", broken between items so that no line is wider than 60 columns if its items allow it.
void print_labelled(const std::string& label, const std::vector<std::string>& items) {
  constexpr std::size_t indent = 12, width = 60;
  std::string line = fmt::format("{:<{}}", label, indent);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    if (line.size() > indent && line.size() + 1 + item.size() > width) {
      result("{}\n", line);
      line = std::string(indent, ' ');
    }
    if (line.size() > indent) line += ' ';
    line += item;
  }
  result("{}\n", line);
}

void print_layers(const Model& model) {
  const auto print = [](const auto&... cells) { result("{:<5}{:>9}{:>9}  {:<10}{:>12}{:>12}\n", cells...); };
  print("layer", "inputs", "outputs", "activation", "parameters", "bytes");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    print(i, layer.inputs, layer.outputs, name_of(layer.activation), parameters_of(layer),
          parameters_of(layer) * sizeof(float));
  }
  print("total", "", "", "", parameters_of(model), parameters_of(model) * sizeof(float));
}

std::string describe_input(const Model& model) {
  return fmt::format("{} x {} pixels, uint8, divided by {}", model.height, model.width, model.divisor);
}

// "3: cat", "dog", "owl"
std::vector<std::string> numbered(std::vector<std::string> names) {
  for (std::string& name : names) name = printable(name);
  names.front() = fmt::format("{}: {}", names.size(), names.front());
  return names;
}

// The value at `path` as text with `unit` around it ("{} epochs"), or nothing when the model does not have
// it: what a model says about its training is kept for people, and no field of it is promised.
void add_fact(std::vector<std::string>& facts, const json& training, const char* path, const char* unit) {
  const json::json_pointer pointer(path);
  if (!training.contains(pointer)) return;
  const json& value = training.at(pointer);
  if (value.is_structured()) return;
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (value.is_number_float()) text = fmt::format("{:.4g}", value.get<double>());
  facts.push_back(fmt::format(fmt::runtime(unit), printable(text)));
}

struct Fact {
  const char* path;
  const char* unit;
};

void print_facts(const json& training, const std::string& label, const std::vector<Fact>& facts) {
  std::vector<std::string> known;
  for (const Fact& fact : facts) add_fact(known, training, fact.path, fact.unit);
  if (!known.empty()) print_labelled(label, known);
}

void print_table(const Model& model) {
  print_layers(model);
  result("\n");
  print_labelled("input", {describe_input(model)});
  print_labelled("classes", numbered(model.class_names));
  const json training = json::parse(model.training);
  print_facts(training, "data", {{"/data/name", "{}"}, {"/data/train", "{}"}});
  print_facts(training, "training",
              {{"/epochs", "epochs {}"},
               {"/batch", "batch {}"},
               {"/learning_rate", "learning rate {}"},
               {"/seed", "seed {}"},
               {"/shuffle", "shuffle {}"}});
  print_facts(training, "test", {{"/test/accuracy", "accuracy {}"}, {"/test/loss", "loss {}"}});
  print_facts(training, "device", {{"/device", "{}"}});
  print_facts(training, "made by", {{"/version", "duet {}"}, {"/created", "{}"}});
}

void print_json(const Model& model, const std::string& path) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const Layer& layer : model.layers) {
    layers.push_back({{"inputs", layer.inputs},
                      {"outputs", layer.outputs},
                      {"activation", name_of(layer.activation)},
                      {"parameters", parameters_of(layer)},
                      {"bytes", parameters_of(layer) * sizeof(float)}});
  }
  nlohmann::ordered_json object;
  object["model"] = path;
  object["layers"] = std::move(layers);
  object["parameters"] = parameters_of(model);
  object["bytes"] = parameters_of(model) * sizeof(float);
  object["input"] = {{"height", model.height}, {"width", model.width}};
  object["preprocessing"] = {{"dtype", "uint8"}, {"divide_by", static_cast<double>(model.divisor)}};
  object["classes"] = model.class_names;
  object["training"] = json::parse(model.training);
  result("{}\n", json_text(object));
}

}  // namespace

Action add_inspect(CLI::App& program) {
  struct Options {
    std::string model;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(program, "inspect", "Say what a model holds and how it was trained");
  add_model_argument(command, options->model);
  add_json(command, options->json);
  return [options] {
    const Model model = load_model(options->model);
    if (options->json) {
      print_json(model, options->model);
    } else {
      print_table(model);
    }
  };
}

}  // namespace duet
