// The weights that a training begins with, made only where there is room for all of it.
#pragma once

#include "core/backend.h"
#include "core/model/model.h"
#include "tools/train_options.h"

namespace duet {

// From a file, or Glorot uniform and of no file. Throws Error(data), Error(usage), Error(memory): there is no
// room for the training, or for the test after it.
StoredLayers initial_layers(const TrainOptions& options, const TrainingData& data, Backend& backend);

// What of that is in a file: none of it where --init-from names none. Throws Error(data), Error(usage).
StoredLayers layers_of_file(const TrainOptions& options, const TrainingData& data);

}  // namespace duet
