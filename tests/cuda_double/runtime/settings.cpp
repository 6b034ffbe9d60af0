#include "tests/cuda_double/runtime/settings.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "tests/cuda_double/runtime/architecture.h"

namespace duet::cuda_double {
namespace {

template <class Number>
Number parse(const char* name, std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument(fmt::format("{}={} is not a number", name, text));
  }
  return value;
}

Settings read() {
  Settings read;
  if (const char* text = std::getenv("DUET_DOUBLE_DEVICES")) {
    read.devices = parse<int>("DUET_DOUBLE_DEVICES", text);
    if (read.devices != 0 && read.devices != 1) throw std::invalid_argument("DUET_DOUBLE_DEVICES: 0 or 1");
  }
  if (const char* text = std::getenv("DUET_DOUBLE_ARCH")) {
    read.architecture = parse<int>("DUET_DOUBLE_ARCH", text);
  }
  architecture(read.architecture);  // which throws where it is unknown
  if (const char* text = std::getenv("DUET_DOUBLE_DRIVER")) {
    read.driver = std::string_view(text) == "none" ? 0 : parse<int>("DUET_DOUBLE_DRIVER", text);
  }
  if (const char* text = std::getenv("DUET_DOUBLE_SCHEDULE")) read.schedule = parse_schedule(text);
  if (const char* text = std::getenv("DUET_DOUBLE_FAIL")) {
    read.fail = parse<std::uint64_t>("DUET_DOUBLE_FAIL", text);
  }
  return read;
}

}  // namespace

const Settings& settings() {
  static const Settings settings = read();
  return settings;
}

}  // namespace duet::cuda_double
