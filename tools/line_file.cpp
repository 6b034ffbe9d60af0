#include "tools/line_file.h"

#include <algorithm>
#include <cerrno>

#include "core/data/file.h"
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
    file_.reset(std::fopen(path.c_str(), if_there == IfThere::append ? "ae" : "we"));
  }
  if (!file_) fail_to_write();
}

void LineFile::append(std::string_view lines) {
  if (std::fwrite(lines.data(), 1, lines.size(), file_.get()) != lines.size() ||
      std::fflush(file_.get()) != 0) {
    fail_to_write();
  }
}

void cut_back(const std::filesystem::path& path, std::int64_t lines) {
  const Bytes bytes = read_file(path);
  const auto* const begin = bytes.data();
  const auto* end = begin;
  for (std::int64_t line = 0; line < lines; ++line) {
    end = std::find(end, begin + bytes.size(), std::uint8_t{'\n'});
    if (end == begin + bytes.size()) {
      fail(ErrorKind::data, "{} has only {} lines where {} were written", path.string(), line, lines);
    }
    ++end;
  }
  std::error_code error;
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(end - begin), error);
  if (error) fail(ErrorKind::other, "cannot write {}: {}", path.string(), error.message());
}

void LineFile::fail_to_write() const {
  fail(ErrorKind::other, "{}cannot write {}: {}", prefix_, path_.string(), reason(errno));
}

}  // namespace duet
