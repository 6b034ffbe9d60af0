// What `duet train` was asked to do.
#pragma once

#include <string>
#include <vector>

#include "core/devices.h"
#include "core/trainer.h"
#include "tools/options.h"
#include "tools/training_data.h"

namespace duet {

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
