#include "report/run_data.h"

#include <filesystem>
#include <set>

#include "core/data/known_datasets.h"
#include "core/error.h"
#include "report/recipe.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

// The checksums of all files that the run was trained on or tested with.
std::set<std::string> checksums(const Run& run) {
  std::set<std::string> sums;
  const Json::json_pointer files("/data/files");
  if (!run.record.contains(files)) return sums;
  for (const Json& file : run.record.at(files)) {
    if (const auto sum = field(file, "/sha256")) sums.insert(*sum);
  }
  return sums;
}

// A known name, else the folder of the first file.
std::string where_it_was(const Run& run) {
  const std::string name = field(run.record, "/data/name").value_or("");
  if (find_known(name) != nullptr) return name;
  const auto path = field(run.record, "/data/files/0/path");
  return path ? std::filesystem::path(*path).parent_path().string() : name;
}

Dataset load_and_compare(const Run& run, const DatasetLocation& location) {
  Dataset data = load_dataset(location);
  const std::set<std::string> sums = checksums(run);
  for (const LabelledImages* part : {&data.train, &data.test}) {
    if (part->images.count == 0) continue;
    for (const DataFile* file : {&part->images_file, &part->labels_file}) {
      if (sums.contains(file->sha256)) continue;
      fail(ErrorKind::data, "{} is not what {} was trained on: its checksum is another", file->path.string(),
           run.folder.string());
    }
  }
  if (run.model && run.model->classes() != data.classes) {
    fail(ErrorKind::data, "the data in {} has {} classes, and the model of {} has {}",
         location.folder.string(), data.classes, run.folder.string(), run.model->classes());
  }
  return data;
}

}  // namespace

RunData find_run_data(const Run& run, const RunDataRequest& request) {
  if (!request.data.empty()) {
    return {load_and_compare(run, find_dataset(request.data, request.data_dir)), ""};
  }
  if (!run.finished()) return {std::nullopt, "run.json, which says what was trained on, is not there yet."};
  const std::string spec = where_it_was(run);
  if (spec.empty()) return {std::nullopt, "run.json does not say where it is; name it with --data."};
  try {
    return {load_and_compare(run, find_dataset(spec, request.data_dir)), ""};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return {std::nullopt, std::string(error.what()) + ". Name it with --data."};
  }
}

}  // namespace duet
