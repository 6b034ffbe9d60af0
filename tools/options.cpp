#include "tools/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <functional>

#include "core/error.h"

namespace duet {
namespace {

CLI::Option& add_parsed(CLI::App& app, const std::string& name, const std::string& type,
                        const std::string& shown, const std::string& help,
                        const std::function<void(const std::string&)>& parse) {
  return *app.add_option_function<std::string>(name, parse, help)->type_name(type)->default_str(shown);
}

void check_choice(const std::string& name, const std::string& text, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), text) == words.end()) {
    fail(ErrorKind::usage, "{}: '{}' is none of {}", name, text, fmt::join(words, ", "));
  }
}

}  // namespace

CLI::Option& add_integer(CLI::App& app, const std::string& name, int& value, Range<std::int64_t> range,
                         const std::string& help) {
  return add_parsed(
      app, name, "N", value == 0 ? "" : fmt::format("{}", value), help,
      [=, &value](const std::string& text) { value = static_cast<int>(parse_integer(text, range, name)); });
}

CLI::Option& add_integer(CLI::App& app, const std::string& name, std::uint64_t& value,
                         Range<std::int64_t> range, const std::string& help) {
  return add_parsed(app, name, "N", fmt::format("{}", value), help, [=, &value](const std::string& text) {
    value = static_cast<std::uint64_t>(parse_integer(text, range, name));
  });
}

CLI::Option& add_real(CLI::App& app, const std::string& name, double& value, Range<double> range,
                      const std::string& help) {
  return add_parsed(app, name, "X", fmt::format("{}", value), help,
                    [=, &value](const std::string& text) { value = parse_real(text, range, name); });
}

CLI::Option& add_integers(CLI::App& app, const std::string& name, std::vector<int>& values,
                          Range<std::int64_t> range, const std::string& help) {
  return add_parsed(app, name, "N,N...", fmt::format("{}", fmt::join(values, ",")), help,
                    [=, &values](const std::string& text) { values = parse_integers(text, range, name); });
}

CLI::Option& add_text(CLI::App& app, const std::string& name, std::string& value, const std::string& type,
                      const std::string& help) {
  return add_parsed(app, name, type, value, help, [=, &value](const std::string& text) {
    if (text.empty()) fail(ErrorKind::usage, "{}: its value is empty", name);
    value = text;
  });
}

CLI::Option& add_choice(CLI::App& app, const std::string& name, std::string& value,
                        const std::vector<std::string>& words, const std::string& help) {
  return add_parsed(app, name, fmt::format("{}", fmt::join(words, "|")), value, help,
                    [=, &value](const std::string& text) {
                      check_choice(name, text, words);
                      value = text;
                    });
}

void add_texts(CLI::App& app, const std::string& name, std::vector<std::string>& values,
               const std::string& type, const std::string& help) {
  app.add_option(name, values, help)->type_name(type)->allow_extra_args(false);
}

void add_flag(CLI::App& app, const std::string& name, bool& value, const std::string& help) {
  app.add_flag(name, value, help);
}

void add_argument(CLI::App& app, const std::string& name, std::string& value, const std::string& help,
                  const std::string& shown) {
  app.add_option(name, value, help)->required()->option_text(shown);
}

// With extra arguments allowed, CLI11 would take a file called [x,y] for two. It takes single ones while
// there are fewer than the smallest number, so that is one which is never reached. And converted, one called
// {} would be none: each() has them as they are.
void add_arguments(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                   const std::string& help) {
  constexpr int many = CLI::detail::expected_max_vector_size;
  app.add_option_function<std::vector<std::string>>(
         name, [](const std::vector<std::string>&) {}, help)
      ->required()
      ->expected(many, many)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->each([&values](const std::string& text) { values.push_back(text); });
}

void require(CLI::Option& option) { option.required(); }

void note_whether_given(CLI::Option& option, bool& given) {
  option.each([&given](const std::string&) { given = true; });
}

void add_model_argument(CLI::App& app, std::string& model) {
  add_argument(app, "MODEL", model, "A model file or a run folder");
}

void add_data_argument(CLI::App& app, std::string& data) {
  add_argument(app, "DATA", data, "mnist, fashion-mnist, or a folder of IDX files");
}

void add_run_argument(CLI::App& app, std::string& run) {
  add_argument(app, "RUN", run, "A run folder, as duet train leaves it");
}

void add_json(CLI::App& app, bool& json) { add_flag(app, "--json", json, "Print one JSON object"); }

CLI::Option& add_hidden(CLI::App& app, std::vector<int>& hidden) {
  return add_integers(app, "--hidden", hidden, {1, 32768}, "Widths of the hidden layers");
}

void add_batch(CLI::App& app, int& batch) {
  add_integer(app, "--batch", batch, batch_sizes, "Examples in a step");
}

void add_splits(CLI::App& app, DataRequest& request) {
  add_text(app, "--train", request.train, "EXPR", "Training examples, as in train[10000:] or train[:80%]");
  add_text(app, "--validation", request.validation, "EXPR", "Validation examples");
  add_text(app, "--test", request.test, "EXPR", "Test examples");
}

void add_progress(CLI::App& app, std::string& progress) {
  add_choice(app, "--progress", progress, {"auto", "plain", "none"},
             "On standard error: a live view on a terminal, a line an epoch, or nothing");
}

void add_data_dir(CLI::App& app, std::string& data_dir) {
  add_text(app, "--data-dir", data_dir, "DIR", "Look for data here first");
}

void add_run_data(CLI::App& app, RunDataRequest& request) {
  add_text(app, "--data", request.data, "DATA", "The data of the run; otherwise it is looked for");
  add_data_dir(app, request.data_dir);
}

void add_device_options(CLI::App& app, DeviceRequest& request) {
  add_text(app, "--device", request.device, "NAME", "auto, cpu, cuda or cuda:N");
  add_integer(app, "--threads", request.threads, {1, 1024}, "Of the CPU; otherwise its physical cores");
  add_parsed(app, "--precision", "fp32|tf32", "", "Of matrix products; otherwise tf32 where a GPU has it",
             [&request](const std::string& text) {
               check_choice("--precision", text, {"fp32", "tf32"});
               request.precision = text == "tf32" ? Precision::tf32 : Precision::fp32;
             });
}

}  // namespace duet
