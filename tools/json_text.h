// JSON as text. Names of files may be no UTF-8: what cannot be said in JSON is replaced, not thrown over a
// result.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace duet {

constexpr int one_line = -1;

inline std::string json_text(const nlohmann::ordered_json& value, int indent = 2) {
  return value.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace duet
