#include "core/model/json.h"

#include <limits>
#include <set>
#include <vector>

#include "core/error.h"

namespace duet {
namespace {

using nlohmann::json;

// nlohmann keeps the last of several equal keys without a word, and writes nested values by recursion: both
// are caught while parsing.
class StrictnessCheck {
 public:
  explicit StrictnessCheck(std::string_view what) : what_(what) {}

  void operator()(json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      keys_.emplace_back();
      if (keys_.size() > deepest) fail(ErrorKind::model, "{} is nested too deeply", what_);
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) fail(ErrorKind::model, "{} has {} twice", what_, escaped(key));
    }
  }

 private:
  static constexpr std::size_t deepest = 32;
  std::string_view what_;
  std::vector<std::set<std::string>> keys_;  // of the objects and arrays that are open
};

[[noreturn]] void fail_type(std::string_view what, std::string_view expected) {
  fail(ErrorKind::model, "{} is not {}", what, expected);
}

}  // namespace

json parse_object(std::string_view text, std::string_view what) {
  // nlohmann skips a byte order mark and takes NUL for the end.
  if (text.empty() || text.front() != '{') fail(ErrorKind::model, "{} is not a JSON object", what);
  if (const auto nul = text.find('\0'); nul != text.npos) {
    fail(ErrorKind::model, "{} is not valid JSON (at its byte {})", what, nul);
  }
  StrictnessCheck check(what);
  const auto callback = [&check](int, json::parse_event_t event, json& parsed) {
    check(event, parsed);
    return true;
  };
  try {
    return json::parse(text, callback);
  } catch (const json::parse_error& error) {
    fail(ErrorKind::model, "{} is not valid JSON (at its byte {})", what, error.byte);
  } catch (const json::exception&) {  // a number beyond double
    fail(ErrorKind::model, "{} is not valid JSON (a number is out of range)", what);
  }
}

const json& member(const json& object, const char* key, std::string_view what) {
  const auto found = object.find(key);
  if (found == object.end()) fail(ErrorKind::model, "{} has no '{}'", what, key);
  return *found;
}

const json& as_array(const json& value, std::string_view what) {
  if (!value.is_array()) fail_type(what, "a list");
  return value;
}

const json& as_object(const json& value, std::string_view what) {
  if (!value.is_object()) fail_type(what, "a JSON object");
  return value;
}

const std::string& as_string(const json& value, std::string_view what) {
  if (!value.is_string()) fail_type(what, "a string");
  return value.get_ref<const std::string&>();
}

std::uint64_t as_unsigned(const json& value, std::string_view what) {
  if (!value.is_number_unsigned()) fail_type(what, "a whole number from 0 to 2^64 - 1");
  return value.get<std::uint64_t>();
}

int as_positive_int(const json& value, std::string_view what) {
  const std::uint64_t number = as_unsigned(value, what);
  if (number < 1 || number > std::numeric_limits<int>::max()) fail_type(what, "in 1 .. 2147483647");
  return static_cast<int>(number);
}

std::string escaped(std::string_view name) {
  constexpr std::size_t longest = 80;
  const auto text = std::string(name.substr(0, longest)) + (name.size() > longest ? "..." : "");
  return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace duet
