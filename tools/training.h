// A training from data to a kept run: what `duet train` begins and `duet resume` goes on with.
#pragma once

#include <chrono>

#include "tools/resumption.h"
#include "tools/train_options.h"

namespace duet {

// `start`: of the command, for the record. Throws Error of every kind, and StoppedBySignal when all is kept.
void train(const TrainOptions& options, std::chrono::steady_clock::time_point start);

// With options.device.threads, data_dir, json, quiet and progress of the command, all else as it was begun.
void resume(Resumption resumed, std::chrono::steady_clock::time_point start);

}  // namespace duet
