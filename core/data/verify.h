// Are the files of a data set, to the bit, what they should be?
#pragma once

#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/known_datasets.h"

namespace duet {

struct CheckedFile {
  DataFile file;                     // its checksum is empty when the file cannot be read
  const KnownFile* known = nullptr;  // what it should be; nullptr when there is nothing to compare with
  std::string problem;               // a sentence; empty when nothing is wrong
};

struct Verification {
  const KnownDataset* dataset =
      nullptr;  // that these files are, or most of them; nullptr when none are known
  std::vector<CheckedFile> files;
  bool ok() const;
};

// Reads every file of the data set again and compares the SHA-256 of its unpacked bytes. Files that are not
// of a known data set are checked for their form alone.
Verification verify(const DatasetLocation& location);

}  // namespace duet
