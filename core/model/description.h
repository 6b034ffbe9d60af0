// The text under the key "duet" of a model file's metadata: a JSON object with all of a model but its
// weights.
//   {"format": 1, "input": {"height": 28, "width": 28},
//    "preprocessing": {"dtype": "uint8", "divide_by": 255.0},        x = pixel / divide_by, in float32
//    "layers": [{"inputs": 784, "outputs": 700, "activation": "relu"}, ...],
//    "classes": ["0", ...], "training": {...}}
// A key that a reader must not overlook raises the format number; others may be added, and are ignored.
#pragma once

#include <string>

#include "core/model/model.h"

namespace duet {

inline constexpr const char* description_key = "duet";

std::string describe(const Model& model);

// The model without weights. Checks types and ranges of single values, not how they fit together. Throws
// Error(model) whose text says the fault alone.
Model parse_description(const std::string& text);

}  // namespace duet
