#include "core/data/verify.h"

#include <algorithm>

#include "core/data/file.h"
#include "core/data/idx.h"
#include "core/data/sha256.h"
#include "core/error.h"

namespace duet {
namespace {

CheckedFile check_form(const std::filesystem::path& path, int dimensions) {
  CheckedFile checked{{path, ""}, nullptr, ""};
  try {
    checked.file.sha256 = sha256(parse_idx(read_file(path), dimensions, path.string()).storage.span());
  } catch (const Error& error) { checked.problem = error.what(); }
  return checked;
}

// The data set that the files' checksums speak for most often.
const KnownDataset* recognize(const std::vector<CheckedFile>& files) {
  const KnownDataset* best = nullptr;
  std::ptrdiff_t most = 0;
  for (const KnownDataset& dataset : known_datasets()) {
    const auto matches = std::count_if(files.begin(), files.end(), [&](const CheckedFile& checked) {
      const auto is_it = [&](const KnownFile& known) { return known.sha256 == checked.file.sha256; };
      return std::any_of(dataset.images, dataset.images + 2, is_it) ||
             std::any_of(dataset.labels, dataset.labels + 2, is_it);
    });
    if (matches > most) {
      most = matches;
      best = &dataset;
    }
  }
  return best;
}

void compare(CheckedFile& checked, const KnownFile& known) {
  checked.known = &known;
  if (checked.problem.empty() && checked.file.sha256 != known.sha256)
    checked.problem = fmt::format("{}: its SHA-256 is {}, not {}", checked.file.path.string(),
                                  checked.file.sha256, known.sha256);
}

}  // namespace

bool Verification::ok() const {
  return std::all_of(files.begin(), files.end(),
                     [](const CheckedFile& checked) { return checked.problem.empty(); });
}

Verification verify(const DatasetLocation& location) {
  Verification verification;
  std::vector<CheckedFile>& files = verification.files;
  std::vector<int> parts;
  for (int i = 0; i < 2; ++i) {
    if (!location.images[i].empty()) parts.push_back(i);
  }
  for (const int i : parts) {
    files.push_back(check_form(location.images[i], 3));
    files.push_back(check_form(location.labels[i], 1));
  }
  verification.dataset = location.known ? find_known(location.name) : recognize(files);
  if (!verification.dataset) return verification;
  auto file = files.begin();
  for (const int i : parts) {
    compare(*file++, verification.dataset->images[i]);
    compare(*file++, verification.dataset->labels[i]);
  }
  return verification;
}

}  // namespace duet
