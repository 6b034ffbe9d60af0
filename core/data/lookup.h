// Where a data set known by name lies on this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/known_datasets.h"

namespace duet {

struct Lookup {
  std::optional<DatasetLocation> found;
  std::vector<std::filesystem::path> searched;  // in order
  std::vector<std::string>
      passed_over;  // "FOLDER: REASON": files of the right names that are not this data set
};

// The first place, in the order told at find_dataset, that has all four files with this data set's label
// checksums. In each folder: FOLDER/NAME, FOLDER/MNIST/raw (torchvision's), FOLDER itself.
Lookup look_up(const KnownDataset& dataset, const std::filesystem::path& data_dir = {});

// $XDG_DATA_HOME/duet, else ~/.local/share/duet; empty when there is no home.
std::filesystem::path user_data_folder();

// The four files of a folder that has them under the usual names, plain before .gz; empty paths for those it
// has not.
DatasetLocation files_in(const std::filesystem::path& folder);

}  // namespace duet
