// What a training writes into a run folder while it goes on. Where an earlier run's file has the name, it
// stands beside that one, as .NAME.new, until it is put in place.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tools/line_file.h"

namespace duet {

class EarlyFile {
 public:
  static std::filesystem::path name_beside(const std::filesystem::path& file);
  // Of a training that is to replace an earlier run, and was stopped or killed: until it has put them all in
  // place, some may be.
  static bool is_still_beside(const std::filesystem::path& folder, const char* name);

  EarlyFile(const std::filesystem::path& folder, const char* name, bool is_beside);
  const std::filesystem::path& path() const { return name_; }
  // Where there is none, the earlier run's is removed. Throws Error(other).
  void put_in_place();
  void remove() const noexcept;

 private:
  std::filesystem::path final_name_;
  std::filesystem::path name_;  // until then
};

// One that grows line by line.
class EarlyLog : public EarlyFile {
 public:
  // All throw as LineFile does.
  EarlyLog(const std::filesystem::path& folder, const char* name, bool is_beside);
  // Goes on behind its beginning.
  EarlyLog(const std::filesystem::path& folder, const char* name, bool is_beside, std::string_view beginning);
  void append(std::string_view lines) { file_.append(lines); }
  std::string sha256() const { return file_.sha256(); }

 private:
  LineFile file_;
};

}  // namespace duet
