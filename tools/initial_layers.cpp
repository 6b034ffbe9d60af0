#include "tools/initial_layers.h"

#include <utility>

#include "core/error.h"
#include "core/mlp.h"
#include "tools/forecast.h"
#include "tools/network.h"

namespace duet {

StoredLayers layers_of_file(const TrainOptions& options, const TrainingData& data) {
  if (options.init_from.empty()) return {};
  StoredLayers stored = load_layers(options.init_from);
  const LayerSizes sizes = network_sizes(options.hidden, data), found = sizes_of(stored.layers);
  if (found.front() != sizes.front() || found.back() != sizes.back()) {
    fail(ErrorKind::data, "--init-from: {} goes from {} inputs to {} classes, and the data has {} and {}",
         options.init_from, found.front(), found.back(), sizes.front(), sizes.back());
  }
  if (options.hidden_given && found != sizes) {
    fail(ErrorKind::usage,
         "--init-from: {} has other hidden layers than --hidden; leave --hidden away to take the file's",
         options.init_from);
  }
  return stored;
}

StoredLayers initial_layers(const TrainOptions& options, const TrainingData& data, Backend& backend) {
  StoredLayers initial = layers_of_file(options, data);
  check_room(backend, forecast(options, data, backend, initial.layers));
  if (initial.layers.empty()) {  // made only now, which takes long
    initial.layers = glorot_layers(network_sizes(options.hidden, data), options.config.seed);
  }
  return initial;
}

}  // namespace duet
