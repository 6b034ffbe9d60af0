// What `duet train` was asked to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/devices.h"
#include "core/parse.h"
#include "core/trainer.h"
#include "tools/options.h"
#include "tools/training_data.h"

namespace duet {

inline constexpr Range<double> learning_rates = {.low = 1e-30, .high = 1000};
inline constexpr Range<double> decays = {.low = 0, .high = 1, .open_low = false, .open_high = true};
inline constexpr Range<double> epsilons = {.low = 1e-30, .high = 1};
inline constexpr Range<std::int64_t> epoch_counts = {.low = 1, .high = 1'000'000};
inline constexpr Range<std::int64_t> seeds = {.low = 0, .high = INT64_MAX};
inline constexpr Range<std::int64_t> kept_checkpoints = {.low = 0, .high = 1'000'000};

struct TrainOptions {
  DataRequest data;
  std::vector<int> hidden = default_hidden;
  TrainerConfig config;
  int epochs = 10;
  std::string shuffle = "epoch";
  DeviceRequest device;
  std::string out, init_from, log_steps, tensorboard;
  std::string progress = "auto", checkpoint_every = "epoch";
  int keep = 0;
  bool dry_run = false, report = false, force = false, json = false, quiet = false;
  bool hidden_given = false;
};

void declare_options(CLI::App& command, TrainOptions& options);

}  // namespace duet
