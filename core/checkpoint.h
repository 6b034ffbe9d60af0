// A training in the middle as a file: a safetensors file with layers.N.*; behind the first step mean.N.* and
// variance.N.*; within an epoch last_good.N.*, results.loss, results.correct, results.seen of the epoch's
// steps so far; and one metadata key, "duet-checkpoint": {"format": 1, "epoch", "step", "training": {...}}.
#pragma once

#include <filesystem>
#include <string>

#include "core/trainer.h"

namespace duet {

struct Checkpoint {
  TrainerState state;
  std::string training;  // what is trained, on what and how: a JSON object, opaque to the library
};

// The file is replaced whole or not at all. Throws Error(other).
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

// Throws Error(model) when it is missing, damaged, or no checkpoint.
Checkpoint load_checkpoint(const std::filesystem::path& path);

}  // namespace duet
