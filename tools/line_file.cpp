#include "tools/line_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/error.h"
#include "core/write_all.h"

namespace duet {

LineFile::LineFile(const std::filesystem::path& path, IfThere if_there, std::string_view name)
    : path_(path),
      prefix_(name.empty() ? "" : fmt::format("{}: ", name)),
      file_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666)),
      created_(file_ >= 0) {
  if (file_ < 0 && errno == EEXIST) {
    if (if_there == IfThere::fail) {
      fail(ErrorKind::other, "{}{} is already there; choose another name, or --force to replace it", prefix_,
           path_.string());
    }
    file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    is_to_be_emptied_ = if_there == IfThere::replace;
  }
  if (file_ < 0) fail_to_write();
  if (is_the_only_writer()) return;
  close(file_);
  fail(ErrorKind::other, "{}{} is being written by another process; choose another name", prefix_,
       path_.string());
}

// Until this one is closed, or its process ends. Others may share a pipe or a device; and some file systems
// know no locks.
bool LineFile::is_the_only_writer() const {
  struct stat status = {};
  return fstat(file_, &status) != 0 || !S_ISREG(status.st_mode) || flock(file_, LOCK_EX | LOCK_NB) == 0 ||
         errno != EWOULDBLOCK;
}

LineFile::~LineFile() { close(file_); }

void LineFile::append(std::string_view lines) {
  if (std::exchange(is_to_be_emptied_, false) && ftruncate(file_, 0) != 0 && errno != EINVAL) fail_to_write();
  std::error_code no_file;  // a pipe, or a device
  const std::uintmax_t before = std::filesystem::file_size(path_, no_file);
  if (write_all(file_, lines)) {
    sum_.add(bytes_of_text(lines));
    return;
  }
  const int why = errno;
  std::error_code ignored;
  if (!no_file) std::filesystem::resize_file(path_, before, ignored);  // half a line is of no use
  errno = why;
  fail_to_write();
}

void LineFile::cut_back_to(std::string_view beginning) {
  std::error_code error;
  std::filesystem::resize_file(path_, beginning.size(), error);
  if (error) fail(ErrorKind::other, "{}cannot write {}: {}", prefix_, path_.string(), error.message());
  sum_.add(bytes_of_text(beginning));
}

std::string LineFile::sha256() const {
  Sha256 so_far = sum_;
  return so_far.digits();
}

std::string_view first_lines(std::string_view text, std::int64_t lines, const std::filesystem::path& path) {
  std::size_t end = 0;
  for (std::int64_t line = 0; line < lines; ++line) {
    end = text.find('\n', end);
    if (end == text.npos) {
      fail(ErrorKind::data, "{} has only {} lines where {} were written", path.string(), line, lines);
    }
    ++end;
  }
  return text.substr(0, end);
}

void LineFile::fail_to_write() const {
  fail(ErrorKind::other, "{}cannot write {}: {}", prefix_, path_.string(), reason(errno));
}

}  // namespace duet
