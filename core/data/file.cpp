#include "core/data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/error.h"

namespace duet {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

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

}  // namespace

Bytes read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) fail(ErrorKind::data, "{}: cannot be opened: {}", path.string(), reason(errno));
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail(ErrorKind::data, "{}: {}", path.string(), reason(errno));
  if (!S_ISREG(status.st_mode)) return read_stream(file.number(), std::size_t{1} << 32, path.string());
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  if (read_up_to(file.number(), bytes.data(), bytes.size(), path.string()) != bytes.size())
    fail(ErrorKind::data, "{}: became shorter while it was read", path.string());
  return bytes;
}

std::string read_text_file(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
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
