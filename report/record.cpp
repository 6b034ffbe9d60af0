#include "report/record.h"

#include <nlohmann/json.hpp>
#include <string>

#include "core/data/file.h"
#include "core/error.h"
#include "core/model/json.h"

namespace duet {
namespace {

constexpr int record_format = 1;

}  // namespace

nlohmann::ordered_json read_record(const std::filesystem::path& file) {
  const std::string text = read_text_file(file);
  try {
    const nlohmann::json strict = parse_object(text, "it");
    const nlohmann::json& format = member(strict, "format", "it");
    if (format != record_format) {
      fail(ErrorKind::data, "its format is {}, and this version reads {}", format.dump(), record_format);
    }
    return nlohmann::ordered_json::parse(text);  // once more, for the order of its keys
  } catch (const Error& error) { fail(ErrorKind::data, "{}: {}", file.string(), error.what()); }
}

const nlohmann::ordered_json& value_at(const nlohmann::ordered_json& record, const char* pointer) {
  static const nlohmann::ordered_json nothing;
  const nlohmann::ordered_json::json_pointer at(pointer);
  return record.contains(at) ? record.at(at) : nothing;
}

}  // namespace duet
