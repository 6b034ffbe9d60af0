#include "tools/console.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace duet {

void write_result(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    fail(ErrorKind::other, "standard output cannot be written: {}", std::strerror(errno));
  }
}

void flush_results() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fail(ErrorKind::other, "standard output cannot be written: {}", std::strerror(errno));
  }
}

bool talks_to_terminal() { return isatty(STDERR_FILENO) == 1; }

}  // namespace duet
