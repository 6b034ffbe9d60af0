// An event file, as TensorBoard reads it: Event messages (tensorflow/core/util/event.proto and
// framework/summary.proto), each a record of TFRecord (tensorflow/core/lib/io/record_writer.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "tools/line_file.h"

namespace duet {

struct Scalar {
  std::string_view tag;
  float value;
};

class EventFile {
 public:
  // A new file in `folder`, under a name that nothing there has. `option` begins the sentences of errors.
  // Throws Error(other).
  EventFile(const std::filesystem::path& folder, std::string_view option);

  // Times are seconds since 1970. They are written by flush().
  void scalars(std::int64_t step, double time, std::initializer_list<Scalar> values);
  void image(std::int64_t step, double time, std::string_view tag, std::span<const std::uint8_t> png);

  // Whole records, which TensorBoard sees at once. Throws Error(other).
  void flush();
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  void add_record(std::string_view message);

  LineFile file_;
  std::string records_;  // still to be written
};

}  // namespace duet
