#include "report/recipe.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <vector>

#include "core/data/known_datasets.h"
#include "core/printable.h"
#include "report/html.h"
#include "report/record.h"
#include "report/svg.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// What run.json calls it, and the option of `duet train`.
struct Setting {
  const char* pointer;
  const char* option;
};
constexpr Setting settings[] = {{"/data/train", "--train"},
                                {"/data/validation", "--validation"},
                                {"/data/test", "--test"},
                                {"/configuration/learning_rate", "--learning-rate"},
                                {"/configuration/beta1", "--beta1"},
                                {"/configuration/beta2", "--beta2"},
                                {"/configuration/epsilon", "--epsilon"},
                                {"/configuration/batch", "--batch"},
                                {"/configuration/epochs", "--epochs"},
                                {"/configuration/seed", "--seed"},
                                {"/configuration/shuffle", "--shuffle"},
                                {"/device", "--device"},
                                {"/precision", "--precision"}};

std::string hidden_layers(const Json& record) {
  const Json& sizes = value_at(record, "/configuration/sizes");
  std::string text;
  if (!sizes.is_array()) return text;
  for (std::size_t i = 1; i + 1 < sizes.size(); ++i) {
    if (!text.empty()) text += ',';
    text += text_of(sizes[i]);
  }
  return text;
}

// As `duet train` takes it: by name where it is known, else its folder.
std::string data_of(const Json& record) {
  std::string name = field(record, "/data/name").value_or("DATA");
  const auto file = field(record, "/data/files/0/path");
  if (find_known(name) != nullptr || !file) return name;
  return std::filesystem::path(*file).parent_path().string();
}

// `duet train` and its data, then each option with its value: what makes the same run.
std::vector<std::string> train_command(const Json& record) {
  std::vector<std::string> parts{"duet train " + shell_quoted(data_of(record))};
  if (const std::string hidden = hidden_layers(record); !hidden.empty())
    parts.push_back("--hidden " + hidden);
  for (const Setting& setting : settings) {
    if (const auto value = field(record, setting.pointer)) {
      parts.push_back(fmt::format("{} {}", setting.option, shell_quoted(*value)));
    }
  }
  if (const auto init = field(record, "/configuration/init"); init && *init != "glorot_uniform") {
    parts.push_back("--init-from " + shell_quoted(*init));
  }
  return parts;
}

std::string table_of(std::string_view caption, const std::vector<std::vector<std::string>>& rows) {
  return rows.empty() ? std::string() : html_table(caption, {{"what", ""}, {"value", "sum"}}, rows);
}

}  // namespace

std::optional<std::string> field(const Json& record, const std::string& pointer) {
  const Json& value = value_at(record, pointer.c_str());
  if (value.is_null() || value.is_structured()) return std::nullopt;
  return text_of(value);
}

std::string command_section(const Json& record) {
  std::string command;
  for (const std::string& part : train_command(record)) {
    if (!command.empty()) command += ' ';
    command += fmt::format("<span class=\"option\">{}</span>", escape(part));
  }
  return fmt::format(
      "{}<pre>{}</pre>\n",
      html("p", "On the same kind of device this command makes the same weights, bit for bit:"), command);
}

std::string facts_section(const Json& record) {
  std::vector<std::vector<std::string>> facts;
  for (const auto& [name, pointer] : {std::pair("version of duet", "/version"),
                                      {"compiler", "/compiler"},
                                      {"started", "/created"},
                                      {"device", "/device"},
                                      {"hardware", "/hardware"},
                                      {"threads", "/threads"},
                                      {"precision", "/precision"},
                                      {"seed", "/configuration/seed"},
                                      {"initial weights", "/configuration/init"},
                                      {"SHA-256 of the initial weights", "/configuration/init_sha256"},
                                      {"optimizer", "/configuration/optimizer"},
                                      {"epochs made", "/epochs"},
                                      {"seconds", "/seconds"}}) {
    if (const auto value = field(record, pointer)) facts.push_back({name, *value});
  }
  const Json &environment = value_at(record, "/environment"), &files = value_at(record, "/data/files");
  if (!environment.is_null()) facts.push_back({"environment", environment.dump()});
  std::vector<std::vector<std::string>> sums;
  if (files.is_array()) {
    for (const Json& file : files) {
      const auto path = field(file, "/path"), sum = field(file, "/sha256");
      if (path && sum) sums.push_back({path->substr(path->find_last_of('/') + 1), *sum});
    }
  }
  std::string text = table_of("What it was trained with", facts);
  if (!sums.empty()) {
    text += html("p", "SHA-256 of the data, unpacked:") +
            html_table("Checksums of the data", {{"file", ""}, {"SHA-256", "sum"}}, sums);
  }
  return text;
}

}  // namespace duet
