#include "core/model/json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/error.h"

namespace duet {
namespace {

using nlohmann::json;

// Looks for what nlohmann takes without a word: it keeps the last of several equal keys, and writes nested
// values by recursion. What is no JSON is left to it. (A callback of json::parse sees all this too, but then
// the time grows with the square of the number of objects: a header of a few megabytes takes an hour.)
class StrictnessCheck : public nlohmann::json_sax<json> {
 public:
  explicit StrictnessCheck(std::string_view what) : what_(what) {}

  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (!keys_.back().insert(name).second) fail(ErrorKind::model, "{} has {} twice", what_, escaped(name));
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

 private:
  bool open() {
    keys_.emplace_back();
    if (keys_.size() > deepest) fail(ErrorKind::model, "{} is nested too deeply", what_);
    return true;
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

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
  json::sax_parse(text, &check);
  try {
    return json::parse(text);
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
