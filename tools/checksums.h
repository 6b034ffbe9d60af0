// The checksums of a run folder's files, which its run.json holds.
#pragma once

#include <array>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/model/model.h"
#include "report/run.h"
#include "report/test_predictions.h"
#include "tools/history_csv.h"

namespace duet {

inline constexpr const char* checksums_key = "checksums";  // in run.json: SHA-256 by the name of the file

// What has one, where it is there, beside run.json itself.
inline constexpr std::array files_with_checksum = {model_file_name, best_model_file_name, history_file_name,
                                                   table_file_name, test_predictions_file_name};

// Adds those of the files that are there; and the record's own: of its text with zeros in the place of that
// checksum. Throws Error(other) where a file cannot be read.
void add_checksums(nlohmann::ordered_json& record, const std::filesystem::path& folder);

// The text of run.json.
std::string record_text(const nlohmann::ordered_json& record);

// The SHA-256 of such a text, with zeros where it has `own` for the last time.
std::string checksum_of_record(std::string text, std::string_view own);

}  // namespace duet
