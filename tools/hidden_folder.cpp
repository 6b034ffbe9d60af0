#include "tools/hidden_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tools/checkpoint_files.h"
#include "tools/folder_lock.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view mark = ".duet-";  // before the process

bool is_hidden_name(const std::string& name) {
  const std::size_t at = name.rfind(mark);
  return name.starts_with('.') && at != name.npos && at > 0 &&
         name.find_first_not_of("0123456789-", at + mark.size()) == name.npos;
}

// Whether a folder holds what is allowed, and nothing else. One that cannot be read may hold anything.
template <class Allowed>
bool holds_only(const fs::path& folder, const Allowed& allowed) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!allowed(*entry)) return false;
  }
  return !error;
}

// No link is followed.
bool holds_no_step(const fs::path& folder) {
  const fs::path checkpoints = checkpoints_in_place(folder), first = checkpoint_file(checkpoints, 0);
  std::error_code ignored;
  return holds_only(folder, [&](const fs::directory_entry& entry) {
    return entry.path() == checkpoints && fs::is_directory(entry.symlink_status(ignored)) &&
           holds_only(checkpoints, [&](const fs::directory_entry& file) {
             return file.path() == first || is_temporary_name(file.path().filename().string());
           });
  });
}

bool nobody_has(const fs::path& folder) {
  try {
    FolderLock lock(folder);
  } catch (const Error&) { return false; }
  return true;
}

}  // namespace

// Killed processes leave such folders, and in a container the next one has the same number.
fs::path make_hidden_folder(const fs::path& place) {
  constexpr int most_leftovers = 1000;
  for (int attempt = 0;; ++attempt) {
    fs::path hidden =
        place.parent_path() / fmt::format(".{}{}{}-{}", place.filename().string(), mark, getpid(), attempt);
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

void remove_abandoned_folders(const fs::path& parent) {
  std::error_code error;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator entry(parent.empty() ? "." : parent, error); entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& folder = entry->path();
    if (!is_hidden_name(folder.filename().string()) || !fs::is_directory(entry->symlink_status(error)))
      continue;
    const auto changed = fs::last_write_time(folder, error);
    if (error || changed > yesterday || !nobody_has(folder) || !holds_no_step(folder)) continue;
    fs::remove_all(folder, error);
  }
}

}  // namespace duet
