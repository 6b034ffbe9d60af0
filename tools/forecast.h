// What memory a training will need, before any of it is taken.
#pragma once

#include <optional>
#include <span>

#include "core/backend.h"
#include "core/memory_needs.h"
#include "core/model/model.h"
#include "tools/train_options.h"

namespace duet {

struct Forecast {
  MemoryNeeds training;
  std::optional<MemoryNeeds> test;  // after it, when the training has given back what it had
};

// `of_file`: the layers that --init-from brought; none where they are still to be made.
Forecast forecast(const TrainOptions& options, const TrainingData& data, Backend& backend,
                  std::span<const Layer> of_file);

// Throws Error(memory) where there is no room for the training, or for the test after it.
void check_room(Backend& backend, const Forecast& needs);

// duet train --dry-run: prints the forecast beside what is free, trains nothing and writes nothing. Throws as
// the training would before its first step, but does not look at --out.
void print_forecast(const TrainOptions& options);

}  // namespace duet
