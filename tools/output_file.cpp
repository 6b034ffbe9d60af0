#include "tools/output_file.h"

#include <filesystem>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tools/options.h"

namespace duet {

namespace fs = std::filesystem;

CLI::Option& add_output_file(CLI::App& app, OutputFile& file, const std::string& help) {
  add_flag(app, "--force", file.force, "Replace the file");
  return add_text(app, "-o,--output", file.path, "FILE", help);
}

void check_output_file(const OutputFile& file) {
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that is reported
  if (fs::is_directory(file.path, ignored)) {
    fail(ErrorKind::other, "-o: {} is a folder; name a file in it", file.path);
  }
  if (!file.force && fs::exists(file.path, ignored)) {
    fail(ErrorKind::other, "-o: {} exists already: choose another, or replace it with --force", file.path);
  }
}

void write_output_file(const OutputFile& file, std::string_view text) {
  check_output_file(file);
  write_file_atomically(file.path, text);
}

void write_output_file(const OutputFile& file, std::span<const std::uint8_t> bytes) {
  check_output_file(file);
  AtomicFile target(file.path);
  target.write(std::as_bytes(bytes));
  target.commit();
}

}  // namespace duet
