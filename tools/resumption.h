// What a checkpoint says of the training that it is a state of, so that `duet resume` needs nothing but the
// run folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint.h"
#include "core/trainer.h"
#include "tools/folder_lock.h"
#include "tools/known_products.h"
#include "tools/train_options.h"
#include "tools/training_data.h"
#include "tools/training_record.h"

namespace duet {

// What a training had written before a checkpoint, by the SHA-256 of its lines; empty where it is not known.
struct Written {
  std::string history, log_steps;
};

// A training that goes on.
struct Resumption {
  std::filesystem::path run;
  TrainerState state;
  TrainOptions options;                        // as it was begun, paths absolute
  std::unique_ptr<FolderLock> lock = nullptr;  // of the run folder
  std::string created;                         // when it was begun
  std::string init_sha256;                     // of options.init_from, which is not read again
  std::vector<std::string> data_sha256;
  Written written;
  ProductsOfDevice known_products;  // that it was begun with
  std::string kernels;              // of the CPU that it was begun on: each has its own order of sums
  double seconds = 0;               // that it took so far
};

// Where a training reads and writes, as a checkpoint has it: absolute, but what lies in the run folder is
// relative to that, and moves with it. Empty: nowhere.
struct Places {
  std::string data, data_dir, log_steps, tensorboard;
};
Places places_of(const TrainOptions& options, const TrainingData& data);  // while there is a working folder

// The text for Checkpoint::training.
std::string describe(const TrainOptions& options, const Places& places, const TrainingRecord& record,
                     const TrainingData& data, const Written& written, const ProductsOfDevice& known_products,
                     double seconds);

// Of a checkpoint of a run folder. Throws Error(model).
Resumption resumption_of(const std::filesystem::path& run, Checkpoint checkpoint);

// Throws Error(model) where the checkpoint has a network, or a step, that the data cannot have.
void check_fits(const Resumption& resumed, const TrainingData& data);

// What to say where it goes on with other kernels than it was begun with; empty where the bits will be the
// same, as far as is known. (Of a GPU, KnownProducts says it.)
std::string note_of_other_kernels(const Resumption& resumed, const DeviceInfo& device);

// Throws Error(data) where a file has another checksum than the run's had.
void check_same_data(const Resumption& resumed, const TrainingData& data);

}  // namespace duet
