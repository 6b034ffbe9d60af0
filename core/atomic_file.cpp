#include "core/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/write_all.h"

namespace duet {
namespace {

// Between them: PID-NUMBER.
constexpr std::string_view temporary_prefix = ".duet-", temporary_suffix = ".tmp";

// The process in the name of such a file; 0: it is none.
int process_of(std::string_view name) {
  if (!name.starts_with(temporary_prefix) || !name.ends_with(temporary_suffix)) return 0;
  name.remove_prefix(temporary_prefix.size());
  int process = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
  return error == std::errc() && *end == '-' && process > 0 ? process : 0;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  std::error_code error;
  if (std::filesystem::is_symlink(target_, error)) {
    auto followed = std::filesystem::canonical(target_, error);
    if (!error) target_ = std::move(followed);
  }
  const auto status = std::filesystem::status(target_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail(ErrorKind::other, "cannot write {}: it is not a regular file", target_.string());
  }
  const auto parent = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
  folder_ = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_ < 0) fail_with(errno);
  try {
    create_temporary();
  } catch (...) {
    close(folder_);  // no destructor runs for an object whose constructor threw
    throw;
  }
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) close(file_);
  if (!temporary_.empty()) unlinkat(folder_, temporary_.c_str(), 0);
  close(folder_);
}

void AtomicFile::create_temporary() {
  constexpr int most_leftovers = 1000;  // of processes that were killed and had our number
  for (int attempt = 0; file_ < 0; ++attempt) {
    // Not derived from the target's name, which may be as long as a name can be.
    auto name = fmt::format("{}{}-{}{}", temporary_prefix, getpid(), attempt, temporary_suffix);
    file_ = openat(folder_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ >= 0) temporary_ = std::move(name);
    if (file_ < 0 && (errno != EEXIST || attempt == most_leftovers)) fail_with(errno);
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (!write_all(file_, bytes)) fail_with(errno);
}

void AtomicFile::commit() {
  if (fsync(file_) != 0) fail_with(errno);
  if (close(std::exchange(file_, -1)) != 0) fail_with(errno);
  if (renameat(folder_, temporary_.c_str(), folder_, target_.filename().c_str()) != 0) fail_with(errno);
  temporary_.clear();
  // Some file systems know no fsync of a folder (EINVAL); the new file is complete either way.
  if (fsync(folder_) != 0 && errno != EINVAL) fail_with(errno);
}

void AtomicFile::fail_with(int error) const { fail_to_write(target_, reason(error)); }

void sync_to_disk(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // a pipe has no disk to wait for
  if (file < 0 && errno == ENOENT) return;
  const bool synced = file >= 0 && (fsync(file) == 0 || errno == EINVAL);  // as above
  const int error = errno;
  if (file >= 0) close(file);
  if (!synced) fail_to_write(path, reason(error));
}

bool is_temporary_name(std::string_view name) { return process_of(name) != 0; }

void remove_leftovers(const std::filesystem::path& folder) noexcept {
  std::error_code ignored;
  std::filesystem::directory_iterator entry(folder, ignored);
  for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const int process = process_of(entry->path().filename().string());
    if (process != 0 && kill(process, 0) != 0 && errno == ESRCH) {
      std::filesystem::remove(entry->path(), ignored);
    }
  }
}

void write_file_atomically(const std::filesystem::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace duet
