#include "core/data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <vector>

#include "core/error.h"

namespace duet {
namespace {

// Up to `size` bytes; fewer only at the end of the file.
std::size_t read_up_to(int descriptor, std::uint8_t* to, std::size_t size, std::string_view name) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(descriptor, to + done, size - done);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(ErrorKind::data, "{}: cannot be read: {}", name, reason(errno));
    done += static_cast<std::size_t>(count);
  }
  return done;
}

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int how)
      : name_(path.string()), descriptor_(::open(path.c_str(), how | O_CLOEXEC)) {
    if (descriptor_ < 0) fail(ErrorKind::data, "{}: cannot be opened: {}", name_, reason(errno));
    if (::fstat(descriptor_, &status_) == 0) return;
    const int error = errno;
    ::close(descriptor_);
    fail(ErrorKind::data, "{}: {}", name_, reason(error));
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor() const { return descriptor_; }
  bool is_regular() const { return S_ISREG(status_.st_mode); }
  Bytes read_all() const {
    Bytes bytes = room_for(static_cast<std::size_t>(status_.st_size));
    if (read_up_to(descriptor_, bytes.data(), bytes.size(), name_) != bytes.size())
      fail(ErrorKind::data, "{}: became shorter while it was read", name_);
    return bytes;
  }

 private:
  Bytes room_for(std::size_t size) const {
    try {
      return Bytes(size);
    } catch (const std::bad_alloc&) {
      fail(ErrorKind::memory, "{}: there is no memory for its {} bytes", name_, size);
    }
  }

  std::string name_;
  int descriptor_;
  struct stat status_ = {};
};

}  // namespace

Bytes read_file(const std::filesystem::path& path) {
  const OpenFile file(path, O_RDONLY);
  return file.is_regular() ? file.read_all()
                           : read_stream(file.descriptor(), std::size_t{1} << 32, path.string());
}

Bytes read_regular_file(const std::filesystem::path& path) {
  const OpenFile file(path, O_RDONLY | O_NONBLOCK);
  if (!file.is_regular()) fail(ErrorKind::data, "{}: is not a regular file", path.string());
  return file.read_all();
}

std::string read_text_file(const std::filesystem::path& path) {
  const Bytes bytes = read_regular_file(path);
  return {bytes.data(), bytes.data() + bytes.size()};
}

Bytes read_stream(int descriptor, std::size_t limit, std::string_view name) {
  std::vector<std::uint8_t> buffer;
  for (std::size_t size = 0;; size = buffer.size()) {
    buffer.resize(std::min(std::max<std::size_t>(size * 2, 1 << 16), limit + 1));
    const std::size_t count = read_up_to(descriptor, buffer.data() + size, buffer.size() - size, name);
    const bool ended = size + count < buffer.size();
    buffer.resize(size + count);
    if (buffer.size() > limit) fail(ErrorKind::data, "{}: more than {} bytes", name, limit);
    if (ended) break;
  }
  Bytes bytes(buffer.size());
  std::copy(buffer.begin(), buffer.end(), bytes.data());
  return bytes;
}

}  // namespace duet
