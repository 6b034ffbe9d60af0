#include "tools/hidden_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <regex>
#include <string>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tools/checkpoint_files.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to_write(const fs::path& path, const std::string& reason) {
  fail(ErrorKind::other, "cannot write {}: {}", path.string(), reason);
}

// As make_hidden_folder() names them.
bool is_hidden_name(const std::string& name) {
  static const std::regex hidden(R"(\..+\.[0-9]+-[0-9]+)");
  return std::regex_match(name, hidden);
}

}  // namespace

// Killed processes leave such folders, and in a container the next one has the same number.
fs::path make_hidden_folder(const fs::path& place) {
  constexpr int most_leftovers = 1000;
  for (int attempt = 0;; ++attempt) {
    fs::path hidden =
        place.parent_path() / fmt::format(".{}.{}-{}", place.filename().string(), getpid(), attempt);
    std::error_code error;
    if (fs::create_directory(hidden, error)) return hidden;
    if (error) fail_to_write(place, error.message());
    if (attempt == most_leftovers) fail_to_write(place, hidden.string() + " is in the way");
  }
}

bool move_to_unused(const fs::path& folder, const fs::path& place) {
  if (renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  // Network file systems know no such flag; rename() then replaces no more than an empty folder.
  const bool knows_the_flag = errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP;
  if (knows_the_flag) fail_to_write(place, reason(errno));
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that is reported
  if (fs::exists(fs::symlink_status(place, ignored))) return false;
  if (rename(folder.c_str(), place.c_str()) != 0) fail_to_write(place, reason(errno));
  return true;
}

void remove_abandoned_folders(const fs::path& parent) noexcept {
  std::error_code error;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator entry(parent.empty() ? "." : parent, error); entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& folder = entry->path();
    if (!is_hidden_name(folder.filename().string()) || !fs::is_directory(entry->symlink_status(error)))
      continue;
    const auto changed = fs::last_write_time(folder, error);
    if (error || changed > yesterday) continue;
    const fs::path checkpoints = checkpoints_in_place(folder);
    remove_leftovers(checkpoints);
    fs::remove(checkpoint_file(checkpoints, 0), error);
    fs::remove(checkpoints, error);  // if there is nothing else in it
    fs::remove(folder, error);
  }
}

}  // namespace duet
