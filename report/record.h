// run.json, where a run folder says what was run.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace duet {

inline constexpr const char* record_file_name = "run.json";

// Throws Error(data) when it cannot be read, or is none of ours.
nlohmann::ordered_json read_record(const std::filesystem::path& file);

// The value at a JSON pointer, or null: an older version may not have written it.
const nlohmann::ordered_json& value_at(const nlohmann::ordered_json& record, const char* pointer);

}  // namespace duet
