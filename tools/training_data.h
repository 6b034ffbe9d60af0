// The data that a training was asked to use: read, and cut into splits.
#pragma once

#include <optional>
#include <string>

#include "core/data/dataset.h"
#include "core/data/split.h"

namespace duet {

struct DataRequest {
  std::string data, data_dir;           // as for find_dataset
  std::string train, validation, test;  // split expressions; empty: the defaults
};

struct TrainingData {
  DatasetLocation location;
  Dataset data;
  Split train, validation;    // validation may have no rows
  std::optional<Split> test;  // none where there are no test files

  const LabelledImages& part(const Split& rows) const {
    return rows.part == Part::train ? data.train : data.test;
  }
  bool is_tested(Part part) const { return test && test->part == part; }
};

// Defaults: for a known data set the published split, train[10000:], train[:10000], test; for another one
// validation is the first min(10000, n / 6) training rows, training the rest, test the test files. Throws
// Error(data), Error(usage).
TrainingData load_training_data(const DataRequest& request);

// A sentence where validation or test look at rows that are trained on; otherwise nothing.
std::string note_of_shared_rows(const TrainingData& data);

}  // namespace duet
