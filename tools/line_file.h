// A file that grows line by line, each with the disk's answer: history.jsonl, --log-steps; or by records:
// --tensorboard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/data/sha256.h"

namespace duet {

enum class IfThere { fail, replace, append };  // replace: what is there stays until the first append()

class LineFile {
 public:
  // `name` begins the sentences of errors: the option or nothing. Throws Error(other) when the file is there
  // and may not be replaced, cannot be written, or is being written by another process.
  LineFile(const std::filesystem::path& path, IfThere if_there, std::string_view name = "");
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // Whole lines, which whoever watches the file sees at once. Throws Error(other), and then the file ends
  // with the lines before.
  void append(std::string_view lines);
  // Of what was there, to be appended to, its beginning alone stays. Throws Error(other).
  void cut_back_to(std::string_view beginning);
  std::string sha256() const;                // of what stayed, and was appended
  bool created() const { return created_; }  // not replaced
  const std::filesystem::path& path() const { return path_; }

 private:
  [[noreturn]] void fail_to_write() const;
  bool is_the_only_writer() const;

  std::filesystem::path path_;
  std::string prefix_;
  int file_;
  bool created_, is_to_be_emptied_ = false;
  Sha256 sum_;
};

// The first lines of the text of such a file. Throws Error(data) where there are fewer.
std::string_view first_lines(std::string_view text, std::int64_t lines, const std::filesystem::path& path);

}  // namespace duet
