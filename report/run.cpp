#include "report/run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <system_error>

#include "core/data/file.h"
#include "core/error.h"
#include "core/model/json.h"
#include "core/parse.h"
#include "report/record.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool is_there(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be read either, and that is reported
  return fs::exists(path, ignored);
}

// Runs `work`, whose errors say the fault alone, and puts `where` before the fault.
template <class Work>
auto naming(const std::string& where, Work&& work) {
  try {
    return work();
  } catch (const Error& error) { fail(ErrorKind::data, "{}: {}", where, error.what()); }
}

// What is not finite is written as null.
double number(const json& object, const char* key, Range<double> range) {
  const json& value = member(object, key, "it");
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) fail(ErrorKind::data, "'{}' is not a number", key);
  if (!range.holds(value.get<double>())) fail(ErrorKind::data, "'{}' is out of range", key);
  return value.get<double>();
}

constexpr Range<double> shares = {.low = 0, .high = 1};
constexpr Range<double> losses = {.low = -1e39, .high = 1e39};  // those of floats
constexpr Range<double> amounts = {.low = 0, .high = 1e15};

Metrics parse_metrics(const json& value, const char* what) {
  const json& metrics = as_object(value, what);
  return {.loss = number(metrics, "loss", losses),
          .accuracy = number(metrics, "accuracy", shares),
          .loss_of_batches = number(metrics, "loss_of_batches", losses),
          .accuracy_of_batches = number(metrics, "accuracy_of_batches", shares)};
}

EpochReport parse_epoch(std::string_view line, std::size_t expected) {
  const json epoch = parse_object(line, "it");
  if (as_unsigned(member(epoch, "epoch", "it"), "'epoch'") != expected) {
    fail(ErrorKind::data, "it is not about epoch {}", expected);
  }
  const json& validation = member(epoch, "validation", "it");
  return {.epoch = static_cast<int>(expected),
          .train = parse_metrics(member(epoch, "train", "it"), "'train'"),
          .validation =
              validation.is_null() ? std::nullopt : std::optional(parse_metrics(validation, "'validation'")),
          .learning_rate = number(epoch, "learning_rate", amounts),
          .seconds = number(epoch, "seconds", amounts),
          .examples_per_second = number(epoch, "examples_per_second", amounts)};
}

int classes_of(const Run& run) {
  if (run.model) return run.model->classes();
  const nlohmann::ordered_json& classes = value_at(run.record, "/data/classes");
  if (!classes.is_number_integer()) return most_classes;
  return static_cast<int>(std::clamp<std::int64_t>(classes.get<std::int64_t>(), 1, most_classes));
}

std::string name_of_folder(const fs::path& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

// A file that an earlier run left in the folder would be taken for this one's.
void check_same_run(const Run& run, const fs::path& file) {
  if (!run.test) return;
  if (run.model) check_classes(*run.model);
  if (!run.finished()) return;
  const nlohmann::ordered_json& accuracy = value_at(run.record, "/test/accuracy");
  const double counted = evaluation_of(run).accuracy;
  if (accuracy.is_number() && std::abs(accuracy.get<double>() - counted) < 1e-9) return;
  fail(ErrorKind::data, "{} is of another run: its accuracy is {:.6f}, and {} says {}", file.string(),
       counted, record_file_name, accuracy.is_null() ? "nothing" : accuracy.dump());
}

}  // namespace

std::vector<EpochReport> read_history(const fs::path& file, bool finished) {
  const std::string text = read_text_file(file);
  std::vector<EpochReport> history;
  for (std::size_t first = 0; first < text.size();) {
    const std::string where = fmt::format("{}: line {}", file.string(), history.size() + 1);
    const std::size_t end = text.find('\n', first);
    if (end == text.npos) {
      if (finished) fail(ErrorKind::data, "{} is cut off", where);
      break;
    }
    const std::string_view line(text.data() + first, end - first);
    history.push_back(naming(where, [&] { return parse_epoch(line, history.size()); }));
    first = end + 1;
  }
  return history;
}

int best_epoch(std::span<const EpochReport> history) {
  int best = -1;
  double highest = -1;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (!history[i].validation || !(history[i].validation->accuracy > highest)) continue;
    highest = history[i].validation->accuracy;
    best = static_cast<int>(i);
  }
  return best;
}

bool is_run_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder, ignored) &&
         (is_there(folder / record_file_name) || is_there(folder / history_file_name) ||
          is_there(folder / model_file_name));
}

Run load_run(const fs::path& folder) {
  const fs::path record = folder / record_file_name, history = folder / history_file_name,
                 model = folder / model_file_name, test = folder / test_predictions_file_name;
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    fail(ErrorKind::data, "{} is not a folder: give a run folder, as 'duet train' leaves it",
         folder.string());
  }
  if (!is_run_folder(folder)) {
    fail(ErrorKind::data, "{} is not a run folder: it has neither {} nor {} nor {}", folder.string(),
         record_file_name, history_file_name, model_file_name);
  }
  Run run{
      .folder = folder, .name = name_of_folder(folder), .record = {}, .history = {}, .model = {}, .test = {}};
  // The record first, which is written last: where it is, all is.
  if (is_there(record)) run.record = read_record(record);
  if (is_there(history)) run.history = read_history(history, run.finished());
  if (is_there(model)) run.model = load_model(model);
  if (is_there(test)) {
    run.test = read_test_predictions(test, classes_of(run));
    check_same_run(run, test);
  }
  return run;
}

Evaluation evaluation_of(const Run& run) {
  const nlohmann::ordered_json& loss = value_at(run.record, "/test/loss");
  const int classes = classes_of(run);
  Evaluation evaluation{
      .classes = classes,
      .loss = loss.is_number() ? loss.get<double>() : std::numeric_limits<double>::quiet_NaN(),
      .confusion = std::vector<std::uint32_t>(static_cast<std::size_t>(classes) * classes),
      .answers = {}};
  for (const TestPrediction& p : *run.test) {
    ++evaluation.confusion[static_cast<std::size_t>(p.label) * classes + p.predicted];
    evaluation.answers.push_back({p.predicted, p.probability});
  }
  evaluation.accuracy = static_cast<double>(count_right(*run.test)) / static_cast<double>(run.test->size());
  return evaluation;
}

}  // namespace duet
