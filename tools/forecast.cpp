#include "tools/forecast.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/evaluation.h"
#include "core/mlp.h"
#include "core/trainer.h"
#include "tools/console.h"
#include "tools/device.h"
#include "tools/initial_layers.h"
#include "tools/json_text.h"
#include "tools/network.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::pair<std::string_view, std::size_t>> parts_of(const MemoryNeeds& needs) {
  return {{"weights", needs.weights},         {"gradients", needs.gradients}, {"moments", needs.moments},
          {"activations", needs.activations}, {"data", needs.data},           {"workspace", needs.workspace},
          {"total", needs.total()},           {"already taken", needs.there}};
}

Json to_json(const MemoryNeeds& needs) {
  Json json;
  for (const auto& [name, bytes] : parts_of(needs)) json[std::string(name)] = bytes;
  return json;
}

}  // namespace

Forecast forecast(const TrainOptions& options, const TrainingData& data, Backend& backend,
                  std::span<const Layer> of_file) {
  const LayerSizes sizes = of_file.empty() ? network_sizes(options.hidden, data) : sizes_of(of_file);
  Forecast found{memory_of_training(backend, options.config, sizes, {data.part(data.train), data.train},
                                    {data.part(data.validation), data.validation}),
                 std::nullopt};
  const std::size_t stack = backend.free_memory().bytes_per_thread;
  found.training.workspace += stack;  // of the thread that writes checkpoints
  if (backend.takes_memory_of_host()) {
    // Beside what is on the device the host keeps the weights once, as the layers of the model (measured, 4.0
    // times the parameters and what a batch needs); pixels move, but for those of the test.
    MemoryNeeds& needs = found.training;
    const std::size_t layers =
        bytes_of([&](Arena& arena) { book_parameters(arena, sizes, backend.prefers()); });
    needs.weights += layers;
    // And until they are written: a checkpoint's copy of the weights, of those of the last epoch, and of both
    // moments; and the best model.
    needs.weights += 3 * layers;
    needs.moments += 2 * layers;
    if (!of_file.empty()) needs.there += layers;
    std::set trained{data.train.part, data.validation.part};
    for (const Part part : trained) {
      if (!data.is_tested(part)) needs.there += data.part({.part = part}).images.pixels().size();
    }
    if (data.test) {  // its pixels are kept for it
      const std::size_t kept = data.part(*data.test).images.pixels().size();
      needs.data += kept;
      needs.there += kept;
    }
  }
  if (data.test) {
    found.test = memory_of_evaluation(backend, sizes, data.part(*data.test), *data.test);
    found.test->workspace += stack;  // which the system library keeps for the next thread
  }
  return found;
}

void check_room(Backend& backend, const Forecast& needs) {
  check_memory(backend, "the training", needs.training);
  if (needs.test) check_memory(backend, "the test", *needs.test);
}

void print_forecast(const TrainOptions& options) {
  KnownProducts known;
  const OpenedDevice device = open_tuned_device(options.device, known);
  const TrainingData data = load_training_data(options.data);
  const StoredLayers of_file = layers_of_file(options, data);
  const Forecast needs = forecast(options, data, *device.backend, of_file.layers);
  const std::size_t free = device.backend->free_memory().bytes;
  if (options.json) {
    result("{}\n", json_text({{"device", device.backend->info().device},
                              {"training", to_json(needs.training)},
                              {"test", needs.test ? to_json(*needs.test) : Json(nullptr)},
                              {"free", free}}));
  } else {
    const auto print = [](std::string_view name, std::size_t bytes) {
      result("{:<24}{:>16}{:>12.1f}\n", name, bytes, static_cast<double>(bytes) / (1 << 20));
    };
    result("{:<24}{:>16}{:>12}\n", "training", "bytes", "MiB");
    for (const auto& [name, bytes] : parts_of(needs.training)) print(name, bytes);
    if (needs.test) print("test after it, to take", needs.test->to_take());
    print(device.backend->info().device + ", free", free);
  }
  check_room(*device.backend, needs);
}

}  // namespace duet
