// duet eval: what a model makes of a data set.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/devices.h"
#include "core/error.h"
#include "core/evaluation.h"
#include "core/model/model.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/device.h"
#include "tools/evaluation_report.h"
#include "tools/json_text.h"
#include "tools/options.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

struct EvalOptions {
  std::string model, data, data_dir, split = "test";
  DeviceRequest device{.device = "cpu", .threads = 0};
  bool json = false;
};

void print_tables(const Model& model, const Evaluation& evaluation, const std::string& split) {
  result("{}: {} examples\nLoss: {:.4f}, accuracy: {:.4f}\n\n", split,
         std::accumulate(evaluation.confusion.begin(), evaluation.confusion.end(), 0ull), evaluation.loss,
         evaluation.accuracy);
  result("{}\n{}", per_class_table(evaluation, model.class_names), confusion_tables(evaluation));
}

void run_eval(const EvalOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const Model model = load_model(options.model);
  const Part part = part_of(options.split, "--split");
  const LabelledImages data = load_part(find_dataset(options.data, options.data_dir), part);
  const Split rows = parse_split(options.split, data.images.count, "--split");
  KnownProducts known;
  const OpenedDevice device = open_tuned_device(options.device, known);
  if (options.device.device != "cpu") talk_of_device("Evaluating", device);
  const Evaluation evaluation = evaluate(*device.backend, model, data, rows);
  if (!options.json) return print_tables(model, evaluation, to_string(rows));

  const DeviceInfo info = device.backend->info();
  const Json training = Json::parse(model.training, nullptr, false);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Json json = {
      {"split", options.split},
      {"test", to_json(evaluation)},
      {"class_names", model.class_names},
      {"epochs", training.is_object() && training.contains("epochs") ? training["epochs"] : Json(nullptr)},
      {"device", info.device},
      {"hardware", info.hardware},
      {"threads", info.threads},
      {"precision", name_of(info.precision)}};
  if (!info.environment.empty()) json["environment"] = environment_json(info);
  json["seconds"] = seconds;
  result("{}\n", json_text(json));
}

}  // namespace

Action add_eval(CLI::App& program) {
  CLI::App& command =
      add_command(program, "eval", "Loss, accuracy, classes and confusion of a model on a data set");
  auto options = std::make_shared<EvalOptions>();
  add_model_argument(command, options->model);
  add_data_argument(command, options->data);
  add_text(command, "--split", options->split, "EXPR", "Examples, as in train[10000:], train[:20%], test");
  add_data_dir(command, options->data_dir);
  add_device_options(command, options->device);
  add_json(command, options->json);
  return [options] { run_eval(*options); };
}

}  // namespace duet
