#include "core/data/dataset.h"

#include <algorithm>
#include <future>

#include "core/data/file.h"
#include "core/data/idx.h"
#include "core/data/known_datasets.h"
#include "core/data/sha256.h"
#include "core/error.h"

namespace duet {
namespace {

// Files asked for by name are used only when they are what the name says.
void check_known(const DatasetLocation& location, const DataFile& file, const KnownFile& expected) {
  if (location.known && file.sha256 != expected.sha256)
    fail(ErrorKind::data,
         "{}: damaged: its SHA-256 is not that of {}; remove it and run 'duet data fetch {}'",
         file.path.string(), location.name, location.name);
}

}  // namespace

std::string_view name_of(Part part) { return part == Part::train ? "train" : "test"; }

LabelledImages load_part(const DatasetLocation& location, Part part) {
  const auto i = static_cast<int>(part);
  if (location.images[i].empty())
    fail(ErrorKind::data, "{}: there are no {} files in this folder", location.folder.string(),
         name_of(part));
  LabelledImages loaded;
  loaded.images_file.path = location.images[i];
  loaded.labels_file.path = location.labels[i];

  const std::string labels_name = location.labels[i].string();
  const Idx labels = parse_idx(read_file(location.labels[i]), 1, labels_name);
  loaded.labels.assign(labels.elements().begin(), labels.elements().end());
  loaded.labels_file.sha256 = sha256(labels.storage.span());

  loaded.images = parse_idx_images(read_file(location.images[i]), location.images[i].string());
  loaded.images_file.sha256 = sha256(loaded.images.storage.span());

  if (loaded.labels.size() != static_cast<std::size_t>(loaded.images.count))
    fail(ErrorKind::data, "{} has {} labels, but {} has {} images", labels_name, loaded.labels.size(),
         location.images[i].string(), loaded.images.count);
  if (const KnownDataset* known = find_known(location.name)) {
    check_known(location, loaded.labels_file, known->labels[i]);
    check_known(location, loaded.images_file, known->images[i]);
  }
  return loaded;
}

std::vector<const DataFile*> files_of(const Dataset& data) {
  std::vector<const DataFile*> files;
  for (const LabelledImages* part : {&data.train, &data.test}) {
    if (part->images.count == 0) continue;
    files.push_back(&part->images_file);
    files.push_back(&part->labels_file);
  }
  return files;
}

Dataset load_dataset(const DatasetLocation& location) {
  Dataset dataset;
  std::future<LabelledImages> test;
  if (!location.images[static_cast<int>(Part::test)].empty()) {
    // Deferred where the system refuses another thread.
    test = std::async(std::launch::async | std::launch::deferred, load_part, std::cref(location), Part::test);
  }
  dataset.train = load_part(location, Part::train);
  dataset.classes = count_classes(location, dataset.train.labels);
  dataset.class_names = location.class_names;
  for (int i = static_cast<int>(dataset.class_names.size()); i < dataset.classes; ++i) {
    dataset.class_names.push_back(std::to_string(i));
  }
  check_labels(dataset.train, dataset.classes);
  if (!test.valid()) return dataset;
  dataset.test = test.get();
  check_labels(dataset.test, dataset.classes);
  const Images &a = dataset.train.images, &b = dataset.test.images;
  if (a.height != b.height || a.width != b.width)
    fail(ErrorKind::data, "{} has images of {} x {} pixels, but {} of {} x {}",
         dataset.train.images_file.path.string(), a.height, a.width, dataset.test.images_file.path.string(),
         b.height, b.width);
  return dataset;
}

int count_classes(const DatasetLocation& location, std::span<const std::uint8_t> training_labels) {
  if (!location.class_names.empty()) return static_cast<int>(location.class_names.size());
  return *std::max_element(training_labels.begin(), training_labels.end()) + 1;
}

void check_labels(const LabelledImages& part, int classes) {
  const std::string file = part.labels_file.path.string();  // empty of data that was made in memory
  for (std::size_t row = 0; row < part.labels.size(); ++row)
    if (part.labels[row] >= classes)
      fail(ErrorKind::data, "{}{}row {} has label {}, beyond the {} classes (0 to {})", file,
           file.empty() ? "" : ": ", row, part.labels[row], classes, classes - 1);
}

}  // namespace duet
