// Folders that are made on the way to something, and go again when nothing came of it.
#pragma once

#include <filesystem>
#include <vector>

namespace duet {

class CreatedFolders {
 public:
  CreatedFolders() = default;
  ~CreatedFolders();  // removes those that nobody put anything in
  CreatedFolders(const CreatedFolders&) = delete;
  CreatedFolders& operator=(const CreatedFolders&) = delete;

  // One folder whose parent is there; returns whether it is new, which mkdir says in one step, so that two
  // runs never share one. Throws Error(other).
  bool create(const std::filesystem::path& path);
  // All above `path` that are missing. Throws Error(other).
  void create_parents(const std::filesystem::path& path);

 private:
  std::vector<std::filesystem::path> created_;  // outermost first
};

}  // namespace duet
