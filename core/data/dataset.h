// A data set as the trainer sees it: two parts of labelled uint8 images, and where they came from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/bytes.h"

namespace duet {

enum class Part { train, test };
std::string_view name_of(Part part);  // "train", "test"

// Images of one size, one byte per pixel, in file order. Row r is the file's example r, from 0.
struct Images {
  int count = 0, height = 0, width = 0;
  Bytes storage;           // owns the pixels, perhaps behind a file's header
  std::size_t offset = 0;  // of the first pixel in storage
  int pixels_per_image() const { return height * width; }
  std::span<const std::uint8_t> pixels() const {  // (count, height * width)
    return {storage.data() + offset, static_cast<std::size_t>(count) * height * width};
  }
  std::span<const std::uint8_t> image(int row) const {
    return pixels().subspan(static_cast<std::size_t>(row) * pixels_per_image(), pixels_per_image());
  }
};

struct DataFile {
  std::filesystem::path path;
  std::string sha256;  // of the unpacked bytes, lower-case hexadecimal
};

inline constexpr int most_classes = 256;  // labels are bytes

struct LabelledImages {
  Images images;
  std::vector<std::uint8_t> labels;  // (images.count)
  DataFile images_file, labels_file;
};

// A data set that was found, its parts not yet read.
struct DatasetLocation {
  std::string name;  // "mnist", "fashion-mnist", or the folder's name
  std::filesystem::path folder;
  std::filesystem::path images[2], labels[2];  // by Part; of one that is not there, empty paths
  std::vector<std::string> class_names;        // where the labels are those of a known data set; else empty
  bool known = false;                          // asked for by name, label checksums verified
};

// `spec` is a known name or a folder of IDX files, .gz or plain, either naming habit. Names are looked up in
// data_dir (when not empty), DUET_DATA_PATH, $XDG_DATA_HOME/duet, ./data, /usr/share/datasets.
// Throws Error(data): unknown name (with the nearest), not found (with the ways forward), not a data folder.
DatasetLocation find_dataset(const std::string& spec, const std::filesystem::path& data_dir = {});

// Reads and checks one part; a known data set's images must have its checksum. Throws Error(data).
LabelledImages load_part(const DatasetLocation& location, Part part);

struct Dataset {
  LabelledImages train, test;  // test has count 0 where there are no test files
  int classes = 0;
  std::vector<std::string> class_names;  // (classes): the number where a class has no name
};

// Images, then labels, of each part that is there.
std::vector<const DataFile*> files_of(const Dataset& data);

// Both parts, read side by side; they have images of one size, and no label is beyond the classes.
Dataset load_dataset(const DatasetLocation& location);

// 10 for known data sets, else the largest training label + 1.
int count_classes(const DatasetLocation& location, std::span<const std::uint8_t> training_labels);

// Throws Error(data) naming the first row whose label is not one of 0 .. classes-1.
void check_labels(const LabelledImages& part, int classes);

}  // namespace duet
