// The network that a command's options and its data ask for.
#pragma once

#include <vector>

#include "core/mlp.h"
#include "core/model/model.h"
#include "tools/training_data.h"

namespace duet {

constexpr float pixel_divisor = 255;

LayerSizes network_sizes(const std::vector<int>& hidden, const TrainingData& data);

// Without its account of how it was trained, which is complete only after the test.
Model model_of(std::vector<Layer> layers, const TrainingData& data);

}  // namespace duet
