// history.csv: history.jsonl as a table, with a column for each of its numbers and a line an epoch.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace duet {

inline constexpr const char* table_file_name = "history.csv";  // in a run folder

std::string history_csv_header();
// `epoch` is a line of history.jsonl. Numbers have as many digits as bring the same double back; a cell is
// empty where there is none, as without validation.
std::string history_csv_line(const nlohmann::ordered_json& epoch);
// The lines, without a header, of such lines of history.jsonl. One that is damaged is left out: whoever reads
// the history says so.
std::string history_csv_lines(std::string_view history);

}  // namespace duet
