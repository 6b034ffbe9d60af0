#include "tools/tuning_file.h"

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/data/file.h"
#include "core/environment.h"
#include "core/error.h"
#include "core/model/json.h"
#include "tools/json_text.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int format = 1;

double microseconds(const nlohmann::json& product, const char* key) {
  const nlohmann::json& value = member(product, key, "a product");
  if (!value.is_number()) fail(ErrorKind::other, "{} is no number", key);
  return value.get<double>();
}

TunedProduct product_from(const nlohmann::json& product) {
  const auto text = [&](const char* key) { return as_string(member(product, key, "a product"), key); };
  return {.call = text("call"),
          .chosen = {.name = text("algorithm"), .bytes = text("bytes")},
          .candidates = as_positive_int(member(product, "candidates", "a product"), "candidates"),
          .rule_us = microseconds(product, "rule_us"),
          .chosen_us = microseconds(product, "chosen_us")};
}

Json to_json(const TunedProduct& product) {
  return {{"call", product.call},          {"algorithm", product.chosen.name},
          {"bytes", product.chosen.bytes}, {"candidates", product.candidates},
          {"rule_us", product.rule_us},    {"chosen_us", product.chosen_us}};
}

// Of all devices. `fail`s with what is wrong, whatever the kind.
std::map<std::string, TunedProducts> parse(std::string_view text) {
  const nlohmann::json file = parse_object(text, "the file");
  if (as_unsigned(member(file, "format", "the file"), "format") != format) {
    fail(ErrorKind::other, "its format is not {}", format);
  }
  std::map<std::string, TunedProducts> devices;
  for (const auto& [device, products] : as_object(member(file, "devices", "the file"), "devices").items()) {
    TunedProducts& of_device = devices[device];
    for (const auto& [key, product] : as_object(products, "the products of a device").items()) {
      of_device.emplace(key, product_from(as_object(product, "a product")));
    }
  }
  return devices;
}

std::map<std::string, TunedProducts> read_all(const fs::path& file) {
  std::error_code unreadable;
  if (file.empty() || !fs::exists(file, unreadable)) return {};
  try {
    const Bytes bytes = read_file(file);
    return parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  } catch (const Error& error) {
    fail(ErrorKind::other, "{} keeps no tuned products: {}", file.string(), error.what());
  }
}

std::map<std::string, TunedProducts> read_what_is_good(const fs::path& file) {
  try {
    return read_all(file);
  } catch (const Error&) { return {}; }
}

}  // namespace

fs::path tuning_file() {
  const fs::path in_cache = "duet/tuned-products.json";
  // The XDG specification tells to ignore a path that is not absolute.
  if (const fs::path folder = environment("XDG_CACHE_HOME"); folder.is_absolute()) return folder / in_cache;
  if (const fs::path home = environment("HOME"); !home.empty()) return home / ".cache" / in_cache;
  return {};
}

TunedProducts read_tuned_products(const fs::path& file, const std::string& device) {
  std::map<std::string, TunedProducts> all = read_all(file);
  return std::move(all[device]);
}

void keep_tuned_products(const fs::path& file, const std::string& device, const TunedProducts& products) {
  std::map<std::string, TunedProducts> all = read_what_is_good(file);
  for (const auto& [key, product] : products) all[device].insert_or_assign(key, product);
  Json devices = Json::object();
  for (const auto& [name, of_device] : all) {
    for (const auto& [key, product] : of_device) devices[name][key] = to_json(product);
  }
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) fail(ErrorKind::other, "cannot make {}: {}", file.parent_path().string(), error.message());
  write_file_atomically(file, json_text({{"format", format}, {"devices", devices}}) + "\n");
}

}  // namespace duet
