#include "tools/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

#include "core/error.h"

namespace duet {
namespace {

// "by process 1234", from /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF".
std::string holder_of(int folder) {
  struct stat status = {};
  if (fstat(folder, &status) != 0) return "by another process";
  const std::string wanted =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, process, file;
    words >> number >> kind >> mode >> access >> process >> file;
    if (kind == "FLOCK" && file == wanted) return "by process " + process;
  }
  return "by another process";
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) fail(ErrorKind::other, "cannot open {}: {}", folder.string(), reason(errno));
  if (flock(folder_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return;  // some file systems know no locks
  const std::string holder = holder_of(folder_);
  close(folder_);
  fail(ErrorKind::other, "{} is being written {}: wait until it ends, or choose another folder",
       folder.string(), holder);
}

FolderLock::~FolderLock() { close(folder_); }

}  // namespace duet
