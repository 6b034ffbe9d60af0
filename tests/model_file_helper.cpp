// The C++ side of model_file_test.py:
//   model_file_helper save FILE     writes a 784-32-10 model whose weights follow a rule that Python knows
//   too model_file_helper layers FILE   prints what load_layers reads: a line of sizes a layer, then its
//   values' bits
#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/model/model.h"

namespace duet {
namespace {

// Value k of all weights and biases in the file's order: multiplicative hashing, spread over +-0.1.
std::vector<float> next_values(std::size_t count, std::uint32_t& k) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>((k++ * 2654435761u * 0x1p-32 - 0.5) * 0.2);
  return values;
}

Model make_model() {
  Model model;
  std::uint32_t k = 0;
  const int sizes[] = {784, 32, 10};
  for (int i = 0; i < 2; ++i) {
    Layer layer;
    layer.inputs = sizes[i];
    layer.outputs = sizes[i + 1];
    layer.activation = i == 0 ? Activation::relu : Activation::none;
    layer.weight =
        next_values(static_cast<std::size_t>(layer.outputs) * static_cast<std::size_t>(layer.inputs), k);
    layer.bias = next_values(static_cast<std::size_t>(layer.outputs), k);
    model.layers.push_back(layer);
  }
  model.height = model.width = 28;
  for (int c = 0; c < 10; ++c) model.class_names.push_back(fmt::format("class {}", c));
  model.training = R"json({
    "data": {"name": "mnist", "train": "train[10000:60000]"},
    "epochs": 10, "batch": 128, "seed": 22, "learning_rate": 0.001, "shuffle": "epoch",
    "device": "cpu (avx512, 2 threads)", "version": "0.1.0", "created": "2026-01-31T12:00:00Z",
    "test": {"loss": 0.0812345, "accuracy": 0.979}})json";
  return model;
}

void print_bits(const std::vector<float>& values) {
  for (const float value : values) fmt::print(" {:08x}", std::bit_cast<std::uint32_t>(value));
  fmt::print("\n");
}

void print_layers(const std::string& file) {
  const StoredLayers stored = load_layers(file);
  for (const Layer& layer : stored.layers) {
    fmt::print("{} {}\n", layer.outputs, layer.inputs);
    print_bits(layer.weight);
    print_bits(layer.bias);
  }
}

}  // namespace
}  // namespace duet

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::strcmp(argv[1], "save") == 0) {
      duet::save_model(duet::make_model(), argv[2]);
    } else if (argc == 3 && std::strcmp(argv[1], "layers") == 0) {
      duet::print_layers(argv[2]);
    } else {
      fmt::print(stderr, "usage: model_file_helper save|layers FILE\n");
      return 2;
    }
  } catch (const duet::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.exit_code();
  }
}
