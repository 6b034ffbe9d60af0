#include "tools/checkpoint_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace duet {

namespace fs = std::filesystem;

namespace {

constexpr const char* extension = ".safetensors";

}  // namespace

fs::path checkpoints_in_place(const fs::path& run) { return run / "checkpoints"; }
fs::path checkpoints_beside(const fs::path& run) { return run / ".checkpoints.new"; }

// Numbers of one length: their order is that of their names.
fs::path checkpoint_file(const fs::path& folder, std::int64_t steps) {
  return folder / fmt::format("{:012}{}", steps, extension);
}

std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;  // a folder that is not there, or cannot be read, has none
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool is_half_replaced(const fs::path& run) { return !checkpoints_in(checkpoints_beside(run)).empty(); }

std::vector<fs::path> checkpoint_files(const fs::path& run) {
  return checkpoints_in(is_half_replaced(run) ? checkpoints_beside(run) : checkpoints_in_place(run));
}

}  // namespace duet
