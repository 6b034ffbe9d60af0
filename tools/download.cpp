#include "tools/download.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "core/data/file.h"
#include "core/error.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

// Beside the program where it was built, in ../lib/duet where it was installed.
fs::path helper_program() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const char* candidate : {"duet-fetch", "../lib/duet/duet-fetch"})
    if (fs::exists(folder / candidate, ignored)) return folder / candidate;
  fail(ErrorKind::other, "the program duet-fetch is missing from {}; install Duet again", folder.string());
}

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) fail(ErrorKind::other, "cannot make a pipe: {}", reason(errno));
  }
  ~Pipe() {
    ::close(ends_[0]);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_write_end() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

pid_t start(const std::string& program, std::string url, std::string most_bytes, int standard_output) {
  std::string name = program;
  char* arguments[] = {name.data(), url.data(), most_bytes.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(ErrorKind::other, "{}: cannot be started: {}", program, reason(error));
  return child;
}

}  // namespace

Download download(const std::string& url, std::size_t most_bytes) {
  Pipe pipe;
  const pid_t child = start(helper_program().string(), url, std::to_string(most_bytes), pipe.write_end());
  pipe.close_write_end();
  constexpr std::size_t longest_reason = 4096;
  Bytes output = read_stream(pipe.read_end(), most_bytes + longest_reason, url);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {std::move(output), ""};
  std::string reason(output.span().begin(), output.span().end());
  return {{}, reason.empty() ? "duet-fetch ended without an answer" : reason};
}

}  // namespace duet
