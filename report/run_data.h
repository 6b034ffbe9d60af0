// The data that a run was trained on, found again: what its pictures are made from.
#pragma once

#include <optional>
#include <string>

#include "core/data/dataset.h"

namespace duet {

struct Run;

// Either the data, or why it cannot be shown.
struct RunData {
  std::optional<Dataset> data;
  std::string missing;  // a sentence; empty where there is data
};

// Where the user says it is; empty: by name, or where run.json saw it.
struct RunDataRequest {
  std::string data, data_dir;  // as for find_dataset
};

// Only files with the checksums of run.json are taken. Throws Error(data) where the user named data that is
// not there or is not the run's; what was found without being named is at most missing.
RunData find_run_data(const Run& run, const RunDataRequest& request);

// The part of the data that the rows of the run's test predictions count in. Throws Error(data) where
// run.json names none.
const LabelledImages& tested_part(const Run& run, const Dataset& data);

}  // namespace duet
