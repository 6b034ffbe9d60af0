// JSON from files that we did not write ourselves. Not a public header: the library's users do not see
// nlohmann's. Errors are Error(model) whose text says the fault alone; whoever knows the file puts its name
// before it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace duet {

// Parses a JSON object as RFC 8259 has it, but with no key twice in an object and no nesting deeper than 32.
// `what` names the text in errors ("the header").
nlohmann::json parse_object(std::string_view text, std::string_view what);

// The member `key` of `object`. `what` names the object in errors.
const nlohmann::json& member(const nlohmann::json& object, const char* key, std::string_view what);

// A value of the type asked for. `what` names the value in errors.
const nlohmann::json& as_array(const nlohmann::json& value, std::string_view what);
const nlohmann::json& as_object(const nlohmann::json& value, std::string_view what);
const std::string& as_string(const nlohmann::json& value, std::string_view what);
std::uint64_t as_unsigned(const nlohmann::json& value, std::string_view what);
int as_positive_int(const nlohmann::json& value, std::string_view what);

// A name from a file for use in a message: in quotes, at most 80 bytes of it, with everything that a terminal
// might obey escaped.
std::string escaped(std::string_view name);

}  // namespace duet
