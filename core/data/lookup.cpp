#include "core/data/lookup.h"

#include "core/data/file.h"
#include "core/data/idx.h"
#include "core/data/sha256.h"
#include "core/environment.h"
#include "core/error.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

// MNIST's own archive says -idx3, some copies .idx3; plain first, which loads faster.
fs::path find_file(const fs::path& folder, const std::string& name) {
  std::string dotted = name;
  dotted[dotted.find("-idx")] = '.';
  for (const std::string& candidate : {name, dotted, name + ".gz", dotted + ".gz"}) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / candidate, ignored)) return folder / candidate;
  }
  return {};
}

std::vector<fs::path> places(const fs::path& data_dir) {
  std::vector<fs::path> folders;
  if (!data_dir.empty()) folders.push_back(data_dir);
  const std::string path = environment("DUET_DATA_PATH");
  for (std::size_t first = 0; first < path.size();) {
    const std::size_t colon = std::min(path.find(':', first), path.size());
    if (colon > first) folders.emplace_back(path.substr(first, colon - first));
    first = colon + 1;
  }
  if (!user_data_folder().empty()) folders.push_back(user_data_folder());
  folders.emplace_back("./data");
  folders.emplace_back("/usr/share/datasets");
  return folders;
}

// Why the labels that are there are not those of that data set; "" when they are.
std::string objection_to_labels(const DatasetLocation& location, const KnownDataset& dataset) {
  for (int i = 0; i < 2; ++i) {
    if (location.labels[i].empty()) continue;
    try {
      const Idx labels = parse_idx(read_file(location.labels[i]), 1, location.labels[i].filename().string());
      if (sha256(labels.storage.span()) != dataset.labels[i].sha256)
        return fmt::format("the labels in {} are not those of {}", location.labels[i].filename().string(),
                           dataset.name);
    } catch (const Error& error) { return error.what(); }
  }
  return "";
}

// Why these files are not that data set; "" when they are.
std::string objection(const DatasetLocation& location, const KnownDataset& dataset) {
  for (int i = 0; i < 2; ++i) {
    if (location.images[i].empty()) return fmt::format("{} is missing", dataset.images[i].name);
    if (location.labels[i].empty()) return fmt::format("{} is missing", dataset.labels[i].name);
  }
  return objection_to_labels(location, dataset);
}

bool has_any_file(const DatasetLocation& location) {
  return !location.images[0].empty() || !location.labels[0].empty() || !location.images[1].empty() ||
         !location.labels[1].empty();
}

[[noreturn]] void fail_not_found(const KnownDataset& dataset, const Lookup& lookup) {
  std::string message = fmt::format("the data set '{}' was not found in", dataset.name);
  for (const fs::path& folder : lookup.searched)
    message += fmt::format("{} {}", &folder == &lookup.searched.front() ? "" : ",", folder.string());
  for (const std::string& place : lookup.passed_over) message += fmt::format("\n  passed over {}", place);
  message += fmt::format("\n  to download it:        duet data fetch {}", dataset.name);
  message += "\n  to use files you have: name their folder, or set DUET_DATA_PATH to the folder above it";
  message += "\n  without a download:    apt install dataset-fashion-mnist, and use fashion-mnist";
  throw Error(ErrorKind::data, message);
}

// What lies in a folder without IDX files, to say why it cannot be used.
std::string describe_contents(const fs::path& folder) {
  std::error_code ignored;
  int steps = 0;
  for (fs::recursive_directory_iterator entry(folder, ignored), end; entry != end && ++steps < 1000;
       entry.increment(ignored)) {
    const std::string extension = entry->path().extension().string();
    if (extension == ".csv") return "holds CSV files";
    for (const char* picture : {".png", ".jpg", ".jpeg", ".pgm", ".ppm"})
      if (extension == picture) return "holds pictures";
  }
  return "holds no IDX files of the usual names";
}

DatasetLocation locate_folder(const fs::path& folder) {
  DatasetLocation location = files_in(folder);
  if (!has_any_file(location))
    fail(ErrorKind::data,
         "{}: {}; DATA is a folder of IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, .gz or "
         "plain) or a known name (mnist, fashion-mnist)",
         folder.string(), describe_contents(folder));
  for (int i = 0; i < 2; ++i) {
    const auto& names = known_datasets().front();
    if (location.labels[i].empty() && !location.images[i].empty())
      fail(ErrorKind::data, "{}: {} is missing", folder.string(), names.labels[i].name);
    if (!location.labels[i].empty() && location.images[i].empty())
      fail(ErrorKind::data, "{}: {} is missing", folder.string(), names.images[i].name);
  }
  for (const KnownDataset& dataset : known_datasets())
    if (objection_to_labels(location, dataset).empty()) location.class_names = dataset.class_names;
  return location;
}

}  // namespace

fs::path user_data_folder() {
  // The XDG specification tells to ignore a path that is not absolute.
  if (const fs::path folder = environment("XDG_DATA_HOME"); folder.is_absolute()) return folder / "duet";
  if (const fs::path home = environment("HOME"); !home.empty()) return home / ".local/share/duet";
  return {};
}

DatasetLocation files_in(const fs::path& folder) {
  DatasetLocation location;
  location.folder = folder;
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  location.name = (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
  const KnownDataset& names = known_datasets().front();  // all of MNIST's family are called the same
  for (int i = 0; i < 2; ++i) {
    location.images[i] = find_file(folder, std::string(names.images[i].name));
    location.labels[i] = find_file(folder, std::string(names.labels[i].name));
  }
  return location;
}

Lookup look_up(const KnownDataset& dataset, const fs::path& data_dir) {
  Lookup lookup;
  lookup.searched = places(data_dir);
  for (const fs::path& place : lookup.searched) {
    for (const fs::path& folder : {place / dataset.name, place / dataset.torchvision / "raw", place}) {
      DatasetLocation location = files_in(folder);
      if (!has_any_file(location)) continue;
      const std::string reason = objection(location, dataset);
      if (reason.empty()) {
        location.name = dataset.name;
        location.class_names = dataset.class_names;
        location.known = true;
        lookup.found = std::move(location);
        return lookup;
      }
      lookup.passed_over.push_back(fmt::format("{}: {}", folder.string(), reason));
    }
  }
  return lookup;
}

DatasetLocation find_dataset(const std::string& spec, const fs::path& data_dir) {
  if (const KnownDataset* dataset = find_known(spec)) {
    const Lookup lookup = look_up(*dataset, data_dir);
    if (!lookup.found) fail_not_found(*dataset, lookup);
    return *lookup.found;
  }
  std::error_code ignored;
  if (fs::is_directory(spec, ignored)) return locate_folder(spec);
  if (fs::exists(spec, ignored))
    fail(ErrorKind::data,
         "{}: is a file{}; DATA is a folder of IDX files or a known name (mnist, fashion-mnist)", spec,
         fs::path(spec).extension() == ".csv" ? " (CSV cannot be read yet)" : "");
  fail(ErrorKind::data, "'{}' is neither a folder nor a known data set; {}", spec, which_are_known(spec));
}

}  // namespace duet
