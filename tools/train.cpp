// duet train: trains a network on a data set, and keeps what came of it in a run folder.
#include <chrono>
#include <memory>

#include "tools/command.h"
#include "tools/forecast.h"
#include "tools/train_options.h"
#include "tools/training.h"

namespace duet {

Action add_train(CLI::App& program) {
  const auto start = std::chrono::steady_clock::now();
  CLI::App& command =
      add_command(program, "train", "Train a network on a data set, and keep it in a run folder");
  const auto options = std::make_shared<TrainOptions>();
  declare_options(command, *options);
  return [options, start] {
    options->config.shuffle = options->shuffle == "epoch";
    if (options->dry_run) return print_forecast(*options);
    train(*options, start);
  };
}

}  // namespace duet
