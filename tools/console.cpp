#include "tools/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.h"

namespace duet {

void write_result(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    fail(ErrorKind::other, "standard output cannot be written: {}", reason(errno));
  }
}

void flush_results() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fail(ErrorKind::other, "standard output cannot be written: {}", reason(errno));
  }
}

// Opened the wrong way round, so that reading or writing fails as on a closed one.
void occupy_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void write_talk(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace duet
