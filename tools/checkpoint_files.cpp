#include "tools/checkpoint_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <system_error>

namespace duet {

namespace fs = std::filesystem;

namespace {

constexpr const char* extension = ".safetensors";
constexpr std::size_t digits = 12;

// Others' files stay where they are.
bool is_checkpoint_name(const std::string& name) {
  return name.size() >= digits && name.substr(digits) == extension &&
         name.find_first_not_of("0123456789") == digits;
}

}  // namespace

fs::path checkpoints_in_place(const fs::path& run) { return run / "checkpoints"; }
fs::path checkpoints_beside(const fs::path& run) { return run / ".checkpoints.new"; }

// Numbers of one length: their order is that of their names.
fs::path checkpoint_file(const fs::path& folder, std::int64_t steps) {
  return folder / fmt::format("{:0{}}{}", steps, digits, extension);
}

std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;  // a folder that is not there, or cannot be read, has none
  for (fs::directory_iterator entry(folder, ignored); entry != fs::directory_iterator();
       entry.increment(ignored)) {
    if (is_checkpoint_name(entry->path().filename().string())) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool is_half_replaced(const fs::path& run) { return !checkpoints_in(checkpoints_beside(run)).empty(); }

std::vector<fs::path> checkpoint_files(const fs::path& run) {
  return checkpoints_in(is_half_replaced(run) ? checkpoints_beside(run) : checkpoints_in_place(run));
}

}  // namespace duet
