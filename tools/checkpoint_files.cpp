#include "tools/checkpoint_files.h"

#include <algorithm>
#include <system_error>

namespace duet {

namespace fs = std::filesystem;

fs::path checkpoints_in_place(const fs::path& run) { return run / "checkpoints"; }
fs::path checkpoints_beside(const fs::path& run) { return run / ".checkpoints.new"; }

std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;  // a folder that is not there, or cannot be read, has none
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());  // their names are numbers of one length
  return files;
}

bool is_half_replaced(const fs::path& run) { return !checkpoints_in(checkpoints_beside(run)).empty(); }

std::vector<fs::path> checkpoint_files(const fs::path& run) {
  return checkpoints_in(is_half_replaced(run) ? checkpoints_beside(run) : checkpoints_in_place(run));
}

}  // namespace duet
