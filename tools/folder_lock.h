// One writer of a folder at a time.
#pragma once

#include <filesystem>

namespace duet {

// Held until its process ends, however it ends: a lock on the folder itself, of which no file is left.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);  // throws Error(other), which says who holds it
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int folder_;
};

}  // namespace duet
