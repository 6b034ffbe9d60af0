// The one error type. Its kind is the exit code that the program documents; its text is one sentence for the
// user: what was wrong, where, and what to do.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace duet {

enum class ErrorKind : int {
  other = 1,     // output exists or cannot be written, disk full
  usage = 2,     // the command line
  data = 3,      // a data set, or data that does not fit the model
  device = 4,    // the device asked for is not usable
  memory = 5,    // does not fit in memory
  diverged = 6,  // the loss is not finite
  model = 7,     // a damaged or foreign model file
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& sentence) : std::runtime_error(sentence), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

// throw Error with a formatted sentence.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> sentence, Args&&... args) {
  throw Error(kind, fmt::format(sentence, std::forward<Args>(args)...));
}

// What the system means by an errno, for the end of a sentence.
inline std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] inline void fail_to_write(const std::string& path, const std::string& why) {
  fail(ErrorKind::other, "cannot write {}: {}", path, why);
}

}  // namespace duet
