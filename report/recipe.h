// What is needed to do a run again, from its run.json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace duet {

// The value at a JSON pointer as text; nothing where there is none, or null, or a list.
std::optional<std::string> field(const nlohmann::ordered_json& record, const std::string& pointer);

// HTML: `duet train` with the options that make the same run, and tables of all that is recorded.
std::string command_section(const nlohmann::ordered_json& record);
std::string facts_section(const nlohmann::ordered_json& record);

}  // namespace duet
