#include "tools/early_file.h"

#include <system_error>

#include "core/error.h"
#include "tools/checkpoint_files.h"

namespace duet {

namespace fs = std::filesystem;

fs::path EarlyFile::name_beside(const fs::path& file) {
  return file.parent_path() / fmt::format(".{}.new", file.filename().string());
}

bool EarlyFile::is_still_beside(const fs::path& folder, const char* name) {
  std::error_code ignored;
  return is_half_replaced(folder) && fs::exists(name_beside(folder / name), ignored);
}

EarlyFile::EarlyFile(const fs::path& folder, const char* name, bool is_beside)
    : final_name_(folder / name), name_(is_beside ? name_beside(final_name_) : final_name_) {}

void EarlyFile::put_in_place() {
  if (name_ == final_name_) return;
  std::error_code error;
  if (fs::exists(fs::symlink_status(name_, error))) {
    fs::rename(name_, final_name_, error);
  } else {
    fs::remove(final_name_, error);
  }
  if (error) fail_to_write(final_name_, error.message());
  name_ = final_name_;
}

void EarlyFile::remove() const noexcept {
  std::error_code ignored;
  fs::remove(name_, ignored);
}

EarlyLog::EarlyLog(const fs::path& folder, const char* name, bool is_beside)
    : EarlyFile(folder, name, is_beside), file_(path(), IfThere::replace) {}

EarlyLog::EarlyLog(const fs::path& folder, const char* name, bool is_beside, std::string_view beginning)
    : EarlyFile(folder, name, is_beside), file_(path(), IfThere::append) {
  file_.cut_back_to(beginning);
}

}  // namespace duet
