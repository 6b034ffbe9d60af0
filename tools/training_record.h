// What is written down about a training: run.json, history.jsonl, and the model file's own account of itself.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/backend.h"
#include "core/evaluation.h"
#include "core/mlp.h"
#include "core/trainer.h"
#include "tools/training_data.h"

namespace duet {

struct TrainingRecord {
  std::string created;  // UTC, ISO 8601
  LayerSizes sizes;
  TrainerConfig config;
  int epochs_asked = 0, epochs = 0;
  std::string init_from;    // empty: Glorot uniform by the seed
  std::string init_sha256;  // of the file init_from
  DeviceInfo device;
  std::optional<EpochReport> last;
  std::optional<Evaluation> test;
  std::optional<std::int64_t> stopped_at;  // step, from 1, whose loss was not finite
  int signal = 0;                          // that stopped the training
  double seconds = 0;                      // of the whole command
};

std::string utc_now();

nlohmann::ordered_json to_json(const EpochReport& report);                               // a line of history
nlohmann::ordered_json to_json(const TrainingRecord& record, const TrainingData& data);  // run.json
nlohmann::ordered_json model_record(const TrainingRecord& record,
                                    const TrainingData& data);  // for the model file

}  // namespace duet
