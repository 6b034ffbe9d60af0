// The checksums of a run folder's files, which its run.json holds.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace duet {

inline constexpr const char* checksums_key = "checksums";  // in run.json: SHA-256 by the name of the file

// Adds those of the named files that are there; and the record's own: of its text with zeros in the place of
// that checksum. Throws Error(other) where a file cannot be read.
void add_checksums(nlohmann::ordered_json& record, const std::filesystem::path& folder,
                   std::initializer_list<const char*> names);

// The text of run.json.
std::string record_text(const nlohmann::ordered_json& record);

// The SHA-256 of such a text, with zeros where it has `own` for the last time.
std::string checksum_of_record(std::string text, std::string_view own);

}  // namespace duet
