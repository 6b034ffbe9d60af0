#include "tools/created_folders.h"

#include <system_error>

#include "core/error.h"

namespace duet {

namespace fs = std::filesystem;

bool CreatedFolders::create(const fs::path& path) {
  std::error_code error, ignored;
  const bool created = fs::create_directory(path, error);
  if (error && !fs::exists(path, ignored)) fail_to_write(path, error.message());
  if (created) created_.push_back(path);
  return created;
}

void CreatedFolders::create_parents(const fs::path& path) {
  fs::path parent;
  for (const fs::path& part : path.parent_path()) create(parent /= part);
}

CreatedFolders::~CreatedFolders() {
  std::error_code ignored;
  for (; !created_.empty(); created_.pop_back()) fs::remove(created_.back(), ignored);
}

}  // namespace duet
