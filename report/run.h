// A run folder as somebody reads it who was not there: each part may be missing, and says so.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/trainer.h"
#include "report/test_predictions.h"

namespace duet {

inline constexpr const char* history_file_name = "history.jsonl";  // in a run folder

struct Run {
  std::filesystem::path folder;
  std::string name;                                 // the folder's
  nlohmann::ordered_json record;                    // run.json; empty while the run is still being written
  std::vector<EpochReport> history;                 // of the epochs that ended
  std::optional<Model> model;                       // not there before the run has ended
  std::optional<std::vector<TestPrediction>> test;  // none without test data, or of an older version

  bool finished() const { return !record.empty(); }
};

// Of the epochs that ended. Of a training that has not ended the last line may be there in part, and is not
// yet one. Throws Error(data), which names the line.
std::vector<EpochReport> read_history(const std::filesystem::path& file, bool finished);

// The first with the highest validation accuracy; -1 where nothing was validated.
int best_epoch(std::span<const EpochReport> history);

// Whether anything in the folder is a run's.
bool is_run_folder(const std::filesystem::path& folder);

// Throws Error(data) when there is no such folder, when nothing in it is a run's, or when a file that is
// there is damaged; Error(model) for a damaged model.
Run load_run(const std::filesystem::path& folder);

// What the test came to, counted from its predictions.
Evaluation evaluation_of(const Run& run);

}  // namespace duet
