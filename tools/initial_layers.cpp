#include "tools/initial_layers.h"

#include <set>

#include "core/error.h"
#include "core/evaluation.h"
#include "core/mlp.h"
#include "tools/network.h"

namespace duet {
namespace {

// Fails where there is no room for the training, or for the test after it.
void check_room(const TrainOptions& options, const TrainingData& data, Backend& backend,
                const LayerSizes& sizes) {
  MemoryNeeds needs = memory_of_training(backend, options.config, sizes, {data.part(data.train), data.train},
                                         {data.part(data.validation), data.validation});
  if (backend.free_memory().of_host) {
    // Beside what is on the device the host keeps the weights once, as the layers of the model (measured, 4.0
    // times the parameters and what a batch needs); pixels move, but for those of the test.
    if (options.init_from.empty()) {
      needs.network += bytes_of([&](Arena& arena) { book_parameters(arena, sizes, backend.prefers()); });
    }
    for (const LabelledImages* part : std::set{&data.part(data.train), &data.part(data.validation)}) {
      if (!data.is_tested(part == &data.data.train ? Part::train : Part::test)) {
        needs.data -= part->images.pixels().size();
      }
    }
  }
  check_memory(backend, "the training", needs);
  if (data.test) {
    check_memory(backend, "the test",
                 memory_of_evaluation(backend, sizes, data.part(*data.test), *data.test));
  }
}

}  // namespace

StoredLayers initial_layers(const TrainOptions& options, const TrainingData& data, Backend& backend) {
  const LayerSizes sizes = network_sizes(options.hidden, data);
  if (options.init_from.empty()) {
    check_room(options, data, backend, sizes);  // before weights are made, which takes long
    return {.layers = glorot_layers(sizes, options.config.seed), .sha256 = {}};
  }
  StoredLayers stored = load_layers(options.init_from);
  const LayerSizes found = sizes_of(stored.layers);
  if (found.front() != sizes.front() || found.back() != sizes.back()) {
    fail(ErrorKind::data, "--init-from: {} goes from {} inputs to {} classes, and the data has {} and {}",
         options.init_from, found.front(), found.back(), sizes.front(), sizes.back());
  }
  if (options.hidden_given && found != sizes) {
    fail(ErrorKind::usage,
         "--init-from: {} has other hidden layers than --hidden; leave --hidden away to take the file's",
         options.init_from);
  }
  check_room(options, data, backend, found);
  return stored;
}

}  // namespace duet
