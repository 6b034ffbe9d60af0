#include "tools/helper_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "core/data/file.h"
#include "core/error.h"
#include "core/write_all.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

// Beside the program where it was built, in ../lib/duet where it was installed.
fs::path find(const HelperProgram& helper) {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const char* candidate : {"", "../lib/duet"})
    if (fs::exists(folder / candidate / helper.name, ignored)) return folder / candidate / helper.name;
  fail(ErrorKind::other, "the program {} is missing from {}; {}", helper.name, folder.string(),
       helper.when_missing);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// A file in memory: unlike a pipe it takes all at once, so that neither side ever waits for the other.
class Input {
 public:
  explicit Input(std::string_view text) : file_(::memfd_create("input", MFD_CLOEXEC)) {
    if (file_.number() < 0 || !write_all(file_.number(), text) || ::lseek(file_.number(), 0, SEEK_SET) != 0)
      fail(ErrorKind::other, "cannot make a file in memory: {}", reason(errno));
  }
  int number() const { return file_.number(); }

 private:
  Descriptor file_;
};

pid_t start(const std::string& program, std::vector<std::string>& arguments, int standard_input,
            int standard_output) {
  std::string name = program;
  std::vector<char*> argv{name.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, standard_output, STDOUT_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(ErrorKind::other, "{}: cannot be started: {}", program, reason(error));
  return child;
}

}  // namespace

HelperAnswer run_helper(const HelperProgram& helper, std::vector<std::string> arguments,
                        std::string_view input, std::size_t most_bytes) {
  const Input standard_input(input);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail(ErrorKind::other, "cannot make a pipe: {}", reason(errno));
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  const pid_t child = start(find(helper).string(), arguments, standard_input.number(), write_end.number());
  write_end.close();
  constexpr std::size_t longest_reason = 4096;
  Bytes output = read_stream(read_end.number(), most_bytes + longest_reason, helper.name);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {std::move(output), ""};
  std::string reason(output.span().begin(), output.span().end());
  return {{}, reason.empty() ? helper.name + " ended without an answer" : reason};
}

}  // namespace duet
