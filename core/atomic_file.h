// Files that are replaced whole or not at all: what stood there stays until the new one is complete and on
// disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace duet {

// Writes a temporary file in the target's folder; commit() renames it over the target. Without commit(), the
// destructor removes it. The target's folder must exist; a symbolic link is followed. All throw Error(other)
// with the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  void create_temporary();
  [[noreturn]] void fail_with(int error) const;

  std::filesystem::path target_;
  std::string temporary_;  // its name within the folder; empty when there is none to remove
  int folder_ = -1, file_ = -1;
};

// What was written to a file, or the names in a folder, is on disk from then on; what somebody has removed
// meanwhile has none to come to. Throws Error(other).
void sync_to_disk(const std::filesystem::path& path);

// Whether a file is called as those are that an AtomicFile writes.
bool is_temporary_name(std::string_view name);

// Removes the temporary files in a folder that processes left which are no more.
void remove_leftovers(const std::filesystem::path& folder) noexcept;

void write_file_atomically(const std::filesystem::path& target, std::string_view text);

}  // namespace duet
