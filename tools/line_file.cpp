#include "tools/line_file.h"

#include <cerrno>

#include "core/error.h"

namespace duet {

LineFile::LineFile(const std::filesystem::path& path, IfThere if_there, std::string_view name)
    : path_(path),
      prefix_(name.empty() ? "" : fmt::format("{}: ", name)),
      file_(std::fopen(path.c_str(), "wxe")),
      created_(file_ != nullptr) {
  if (!file_ && errno == EEXIST) {
    if (if_there == IfThere::fail) {
      fail(ErrorKind::other, "{}{} is already there; choose another name, or --force to replace it", prefix_,
           path_.string());
    }
    file_.reset(std::fopen(path.c_str(), "we"));
  }
  if (!file_) fail_to_write();
}

void LineFile::append(std::string_view lines) {
  if (std::fwrite(lines.data(), 1, lines.size(), file_.get()) != lines.size() ||
      std::fflush(file_.get()) != 0) {
    fail_to_write();
  }
}

void LineFile::fail_to_write() const {
  fail(ErrorKind::other, "{}cannot write {}: {}", prefix_, path_.string(), reason(errno));
}

}  // namespace duet
