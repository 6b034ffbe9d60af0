#include "tools/checksums.h"

#include <nlohmann/json.hpp>
#include <system_error>

#include "core/data/file.h"
#include "core/data/sha256.h"
#include "core/error.h"
#include "report/record.h"
#include "tools/json_text.h"

namespace duet {

void add_checksums(nlohmann::ordered_json& record, const std::filesystem::path& folder) {
  nlohmann::ordered_json& sums = record[checksums_key];
  for (const char* name : files_with_checksum) {
    std::error_code ignored;  // what cannot be looked at cannot be read either
    if (!std::filesystem::exists(folder / name, ignored)) continue;
    try {
      sums[name] = sha256(read_regular_file(folder / name).span());
    } catch (const Error& error) { fail(ErrorKind::other, "{}", error.what()); }
  }
  nlohmann::ordered_json& own = sums[record_file_name] = std::string(64, '0');
  own = sha256(bytes_of_text(record_text(record)));
}

std::string record_text(const nlohmann::ordered_json& record) { return json_text(record) + '\n'; }

std::string checksum_of_record(std::string text, std::string_view own) {
  if (const std::size_t at = text.rfind(own); at != text.npos) text.replace(at, own.size(), 64, '0');
  return sha256(bytes_of_text(text));
}

}  // namespace duet
