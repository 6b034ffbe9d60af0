#include "report/run_data.h"

#include <filesystem>
#include <set>

#include "core/data/known_datasets.h"
#include "core/data/lookup.h"
#include "core/error.h"
#include "report/recipe.h"
#include "report/record.h"
#include "report/run.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

// The checksums of all files that the run was trained on or tested with.
std::set<std::string> checksums(const Run& run) {
  std::set<std::string> sums;
  for (const Json& file : value_at(run.record, "/data/files")) {
    if (const auto sum = field(file, "/sha256")) sums.insert(*sum);
  }
  return sums;
}

// The known data set of the run's name, else the folder of the first file.
DatasetLocation locate(const Run& run, const std::string& data_dir) {
  const std::string name = field(run.record, "/data/name").value_or("");
  const auto file = field(run.record, "/data/files/0/path");
  if (const KnownDataset* known = find_known(name)) {
    if (const Lookup lookup = look_up(*known, data_dir); lookup.found || !file)
      return find_dataset(name, data_dir);
  }
  if (!file) fail(ErrorKind::data, "run.json does not say where its data is");
  return find_dataset(std::filesystem::path(*file).parent_path().string(), data_dir);
}

// That the predictions are about these images.
void check_labels(const Run& run, const LabelledImages& tested) {
  const auto fail_of = [&](int row, const std::string& why) {
    fail(ErrorKind::data, "{} is about row {}, and {}", (run.folder / test_predictions_file_name).string(),
         row, why);
  };
  for (const TestPrediction& p : *run.test) {
    const auto row = static_cast<std::size_t>(p.row);
    if (row >= tested.labels.size())
      fail_of(p.row, fmt::format("its data has {} rows", tested.labels.size()));
    if (tested.labels[row] != p.label)
      fail_of(p.row, fmt::format("in its data that is of class {}", tested.labels[row]));
  }
}

Dataset load_and_compare(const Run& run, const DatasetLocation& location) {
  Dataset data = load_dataset(location);
  const std::set<std::string> sums = checksums(run);
  for (const DataFile* file : files_of(data)) {
    if (sums.contains(file->sha256)) continue;
    fail(ErrorKind::data, "{} is not what {} was trained on: its checksum is another", file->path.string(),
         run.folder.string());
  }
  if (run.model && run.model->classes() != data.classes) {
    fail(ErrorKind::data, "the data in {} has {} classes, and the model of {} has {}",
         location.folder.string(), data.classes, run.folder.string(), run.model->classes());
  }
  if (run.test) check_labels(run, tested_part(run, data));
  return data;
}

}  // namespace

const LabelledImages& tested_part(const Run& run, const Dataset& data) {
  const std::string rows = field(run.record, "/data/test").value_or("test");
  try {
    return part_of(rows, "test") == Part::train ? data.train : data.test;
  } catch (const Error& error) {  // whose kind is that of an option
    fail(ErrorKind::data, "{}: {}", (run.folder / record_file_name).string(), error.what());
  }
}

RunData find_run_data(const Run& run, const RunDataRequest& request) {
  if (!request.data.empty()) {
    return {load_and_compare(run, find_dataset(request.data, request.data_dir)), ""};
  }
  if (!run.finished()) return {std::nullopt, "run.json, which says what was trained on, is not there yet."};
  try {
    return {load_and_compare(run, locate(run, request.data_dir)), ""};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return {std::nullopt, fmt::format("{}; name it with --data.", error.what())};
  }
}

}  // namespace duet
