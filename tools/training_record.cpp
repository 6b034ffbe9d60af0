#include "tools/training_record.h"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include <ctime>

#include "core/version.h"
#include "tools/device.h"
#include "tools/evaluation_report.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Metrics& m) {
  return {{"loss", m.loss},
          {"accuracy", m.accuracy},
          {"loss_of_batches", m.loss_of_batches},
          {"accuracy_of_batches", m.accuracy_of_batches}};
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json file_json(const DataFile& file) { return {{"path", file.path.string()}, {"sha256", file.sha256}}; }

Json data_json(const TrainingData& data) {
  Json files = Json::array();
  for (const DataFile* file : files_of(data.data)) files.push_back(file_json(*file));
  return {{"name", data.location.name},
          {"classes", data.data.classes},
          {"train", to_string(data.train)},
          {"validation", data.validation.count > 0 ? Json(to_string(data.validation)) : Json(nullptr)},
          {"test", data.test ? Json(to_string(*data.test)) : Json(nullptr)},
          {"files", files}};
}

Json configuration_json(const TrainingRecord& r) {
  return {{"sizes", r.sizes},
          {"activation", "relu"},
          {"init", r.init_from.empty() ? "glorot_uniform" : r.init_from},
          {"init_sha256", r.init_from.empty() ? Json(nullptr) : Json(r.init_sha256)},
          {"optimizer", "adam"},
          {"learning_rate", r.config.learning_rate},
          {"beta1", r.config.beta1},
          {"beta2", r.config.beta2},
          {"epsilon", r.config.epsilon},
          {"batch", r.config.batch},
          {"epochs", r.epochs_asked},
          {"seed", r.config.seed},
          {"shuffle", r.config.shuffle ? "epoch" : "none"}};
}

}  // namespace

std::string utc_now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

Json to_json(const EpochReport& r) {
  return {{"epoch", r.epoch},
          {"train", to_json(r.train)},
          {"validation", r.validation ? to_json(*r.validation) : Json(nullptr)},
          {"learning_rate", r.learning_rate},
          {"examples_per_second", r.examples_per_second},
          {"seconds", r.seconds}};
}

Json to_json(const TrainingRecord& r, const TrainingData& data) {
  Json json = {{"format", 1},
               {"version", version},
               {"compiler", compiler},
               {"created", r.created},
               {"device", r.device.device},
               {"hardware", r.device.hardware},
               {"threads", r.device.threads},
               {"precision", name_of(r.device.precision)},
               {"data", data_json(data)},
               {"configuration", configuration_json(r)},
               {"epochs", r.epochs},
               {"stopped_at", or_null(r.stopped_at)}};
  if (!r.device.environment.empty()) json["environment"] = environment_json(r.device);
  if (!r.device.algorithms.empty()) json["algorithms"] = r.device.algorithms;
  if (r.signal != 0) json["signal"] = r.signal;
  json["train"] = r.last ? to_json(r.last->train) : Json(nullptr);
  json["validation"] = r.last && r.last->validation ? to_json(*r.last->validation) : Json(nullptr);
  json["test"] = r.test ? to_json(*r.test) : Json(nullptr);
  json["seconds"] = r.seconds;
  return json;
}

Json model_record(const TrainingRecord& r, const TrainingData& data) {
  Json json = configuration_json(r);
  json.erase("sizes");
  json["epochs"] = r.epochs;
  json["device"] = r.device.text();
  json["version"] = version;
  json["created"] = r.created;
  json["data"] = data_json(data);
  json["data"].erase("files");
  if (r.test) json["test"] = {{"loss", r.test->loss}, {"accuracy", r.test->accuracy}};
  return json;
}

}  // namespace duet
